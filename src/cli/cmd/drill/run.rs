//! `lab drill run`

use clap_complete::ArgValueCompleter;

use super::reported;
use crate::app::drill::{Drilled, Run, Series};
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::{InstanceOption, ReportFormatOption};

/// Perform a drill on a running lab, and report
///
/// Ends with 0 if all expectations of the drill hold, with 10 if one does not, and with 11 if the result is
/// inconclusive: there was no steady state, a fault did not take effect, or this machine itself stalled.
///
/// With --repeat each run starts from the lab's checkpoint, as after `lab reset`, and the report covers all
/// of them: the figures of each run, the median with its confidence interval, and what is not proven yet.
/// Ends with the status of the worst run. The first Ctrl-C heals the faults, ends the series, and keeps the
/// finished runs.
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
    /// The seed of random choices; the report shows it, so that a run can be repeated
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Number of runs, each from the same start, with one report of all of them
    #[arg(long, value_name = "RUNS", value_parser = clap::value_parser!(u32).range(1..))]
    repeat: Option<u32>,
    /// Capture the traffic on the lab's networks: one file for each network beside the record, in the format
    /// of Wireshark, with the first 256 bytes of every frame
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

/// A series without a finished run has no report.
fn nothing_done(done: Drilled, context: &Context) -> Outcome {
    context.ui.say(format!("series: {}", done.record.display()));
    done.stopped.map_or(Ok(Exit::FAILED), |error| Err(error.into()))
}
