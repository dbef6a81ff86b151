//! `lab drill diff`

use clap_complete::ArgValueCompleter;

use crate::app::drill::{DiffRuns, Shift};
use crate::cli::choice::choice;
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::{FormatOption, InstanceOption};
use crate::model::DrillName;
use crate::model::drill::Figure;

/// Compare two series of a drill: does a change move the outage?
///
/// BEFORE and AFTER are series (or single records), by path, name or drill. Or they are settings, as `lab up
/// --set` takes them: then all records of the drill with exactly these settings are compared; `default` means
/// no settings.
///
/// The answer is computed from ranks alone: the change makes it faster or slower if the whole confidence
/// interval of the shift says so. With fewer than four runs on each side there is no answer.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab drill diff deadtime=2s deadtime=1500ms
  lab drill diff default profile=paper --drill power-cut
  lab drill diff before.series.jsonl after.series.jsonl --fail-if slower")]
pub struct Args {
    /// The runs before the change: a series, a record, or settings
    #[arg(add = ArgValueCompleter::new(complete::records))]
    before: String,
    /// The runs after it
    #[arg(add = ArgValueCompleter::new(complete::records))]
    after: String,
    /// The figure to compare; default: the first that both have, beginning with the failover time
    #[arg(long, value_parser = choice::<Figure>(), value_name = "FIGURE", hide_possible_values = true)]
    figure: Option<Figure>,
    /// The drill whose records belong to the settings; default: that of the newest record
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(complete::drills))]
    drill: Option<DrillName>,
    /// End with 10 if this is the answer (slower or faster), and with 11 if there are too few runs
    #[arg(long, value_enum, value_name = "ANSWER", hide_possible_values = true)]
    fail_if: Option<Gate>,
    #[command(flatten)]
    instance: InstanceOption,
    #[command(flatten)]
    format: FormatOption,
}

/// The answer that counts as a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Gate {
    /// The change makes it slower.
    Slower,
    /// The change makes it faster.
    Faster,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { before, after, figure, drill, fail_if, instance, format } = args;
    let width = context.ui.width();
    let found =
        context.run(&DiffRuns { before, after, figure, drill, instance: instance.instance, width })?;
    context.ui.value(format.format, &found.data, || found.text.clone())?;
    Ok(match (fail_if, found.shift) {
        (Some(_), Shift::TooFewRuns) => Exit::DRILL_INCONCLUSIVE,
        (Some(Gate::Slower), Shift::Slower) | (Some(Gate::Faster), Shift::Faster) => Exit::DRILL_FAILED,
        _ => Exit::OK,
    })
}
