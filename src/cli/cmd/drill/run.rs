//! `lab drill run`

use std::path::Path;

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::cli::context::Context;
use crate::cli::drill::Order;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::{InstanceOption, ReportFormat, ReportFormatOption};
use crate::cli::{complete, drill};
use crate::instance::Instance;
use crate::record::{self, Ending};
use crate::report::USUAL_MTBF;

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
    let name = context.choose(args.instance.instance.as_ref())?;
    let instance = context.describe(&name)?;
    let found = drill::one(context, &instance, &args.drill)?;
    context.needs_machines(&name)?;
    let records = &context.state.records(&name);
    let seed = args.seed.unwrap_or_else(any_seed);
    let order = Order { drill: &found, seed, records, capture: args.capture };
    if let Some(runs) = args.repeat {
        let Order { drill, seed, records, capture } = order;
        let (path, result) =
            drill::Repeat { context, instance: &instance, drill, seed, runs, records, capture }.all()?;
        let exit = told(&args, &path, context);
        // What ended the series matters more than what it showed until then.
        return result.and(exit);
    }
    once(&instance, order, args.format.format, context)
}

/// Performs a drill once, and reports.
pub fn once(instance: &Instance, order: Order<'_>, format: ReportFormat, context: &Context) -> Outcome {
    let performed = drill::perform(context, instance, order)?;
    if performed.ending == Ending::Cancelled {
        return Err(CliError::new(Exit::INTERRUPTED, "the drill was stopped; what was cut is on again")
            .detail(format!("its record so far is {}", performed.record.display()), ""));
    }
    let exit = drill::report(context, &performed.record, format, USUAL_MTBF)?;
    context.ui.say(format!("record: {}", performed.record.display()));
    Ok(exit)
}

/// A seed that nobody chose.
pub fn any_seed() -> u64 {
    jiff::Timestamp::now().as_microsecond().unsigned_abs()
}

/// The report of a series, as far as it got.
fn told(args: &Args, path: &Path, context: &Context) -> Outcome {
    let none = record::read_series(path).is_ok_and(|series| series.runs.is_empty());
    let exit =
        if none { Exit::FAILED } else { drill::report(context, path, args.format.format, USUAL_MTBF)? };
    context.ui.say(format!("series: {}", path.display()));
    Ok(exit)
}
