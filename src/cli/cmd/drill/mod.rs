//! `lab drill`: break a lab on purpose, and measure.

mod calibrate;
mod compare;
mod diff;
mod list;
mod report;
mod run;
mod soak;
mod sweep;

use super::Outcome;
use crate::app::drill::{Drilled, ReadReport};
use crate::cli::context::Context;
use crate::cli::options::ReportFormat;

/// Break a lab on purpose, and measure what its users see
///
/// A drill puts a steady load on the lab, injects faults, heals them, and records everything. All figures are
/// computed from that record. Faults are healed however the drill ends, also after Ctrl-C.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Run(run::Args),
    Soak(soak::Args),
    Sweep(sweep::Args),
    Report(report::Args),
    Diff(diff::Args),
    Compare(compare::Args),
    Calibrate(calibrate::Args),
}

pub fn run(args: Args, context: &Context) -> Outcome {
    match args.command {
        Command::List(args) => list::run(args, context),
        Command::Run(args) => run::run(args, context),
        Command::Soak(args) => soak::run(args, context),
        Command::Sweep(args) => sweep::run(args, context),
        Command::Report(args) => report::run(args, context),
        Command::Diff(args) => diff::run(args, context),
        Command::Compare(args) => compare::run(args, context),
        Command::Calibrate(args) => calibrate::run(args, context),
    }
}

/// Shows the report of a drill and the place of its record. The reason for an early end takes precedence over
/// the verdict.
fn reported(done: &Drilled, what: &str, format: ReportFormat, context: &Context) -> Outcome {
    let request =
        ReadReport { format: format.into(), width: context.ui.width(), ..ReadReport::of(&done.record) };
    let report = context.run(&request)?;
    context.ui.data(&report.text)?;
    context.ui.say(format!("{what}: {}", done.record.display()));
    match &done.stopped {
        Some(error) => Err(error.clone().into()),
        None => Ok(report.verdict.into()),
    }
}
