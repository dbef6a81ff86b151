//! `lab drill run`

use clap_complete::ArgValueCompleter;

use super::reported;
use crate::app::drill::{Drilled, Run, Series};
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::{InstanceOption, ReportFormatOption};

/// Perform a drill on a standing lab, and report
///
/// Ends with 0 when all that the drill expects held, with 10 when something did not, and with 11 when it proves
/// nothing: there was no steady state, a fault did not happen, or the machine itself stood still.
///
/// With --repeat each run begins from the lab's checkpoint, as after `lab reset`, and the report is of all of them: what
/// was measured in each, the median with its interval, what is not proved yet. It ends as the worst run did. One Ctrl-C
/// ends it after what was cut is on again, and keeps the runs that were done.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab drill run power-cut
  lab drill run power-cut --repeat 10
  lab drill run failback --format json
  lab drill run power-cut --capture
  lab drill run ./my-drill.toml --seed 7")]
pub struct Args {
    /// The drill: its name, or a file
    #[arg(value_name = "NAME|FILE", add = ArgValueCompleter::new(complete::drills))]
    drill: String,
    #[command(flatten)]
    instance: InstanceOption,
    /// What random choices come from; the report says which it was, so that a run can be repeated
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Perform it so many times, each from the same start, and report all runs together
    #[arg(long, value_name = "RUNS", value_parser = clap::value_parser!(u32).range(1..))]
    repeat: Option<u32>,
    /// Write down what passes on the lab's networks: a file for each beside the record, as Wireshark reads them, with the
    /// first 256 bytes of every frame
    #[arg(long)]
    capture: bool,
    #[command(flatten)]
    format: ReportFormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { drill, instance, seed, repeat, capture, format } = args;
    let run = Run { drill, instance: instance.instance, seed, capture };
    match repeat {
        None => reported(&context.run(&run)?, "record", format.format, context),
        Some(runs) => {
            let done = context.run(&Series { run, runs })?;
            if done.verdict.is_none() {
                return nothing_done(done, context);
            }
            reported(&done, "series", format.format, context)
        }
    }
}

/// A series of which no run was done has no report.
fn nothing_done(done: Drilled, context: &Context) -> Outcome {
    context.ui.say(format!("series: {}", done.record.display()));
    done.stopped.map_or(Ok(Exit::FAILED), |error| Err(error.into()))
}
