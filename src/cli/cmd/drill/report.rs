//! `lab drill report`

use clap_complete::ArgValueCompleter;

use crate::app::drill::ReadReport;
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::options::{InstanceOption, ReportFormatOption};
use crate::model::{DurationError, Millis};
use crate::report::USUAL_MTBF;

/// Report a drill from its record, or a series from its records
///
/// Every figure is computed from the records alone. Ends with the same status as the drill.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab drill report
  lab drill report power-cut
  lab drill report 20260102T030405Z-power-cut.series --mtbf 720h
  lab drill report ./record.jsonl --format json
  lab drill report power-cut --format html > power-cut.html
  lab drill report power-cut --format junit > power-cut.xml")]
pub struct Args {
    /// The record or series: a path, its name, or a drill (its newest record). Default: the newest of all
    #[arg(add = ArgValueCompleter::new(complete::records))]
    record: Option<String>,
    #[command(flatten)]
    instance: InstanceOption,
    /// The assumed time between two failures, for the projected availability of a series
    #[arg(long, value_name = "TIME", default_value_t = USUAL_MTBF, value_parser = positive)]
    mtbf: Millis,
    #[command(flatten)]
    format: ReportFormatOption,
}

fn positive(text: &str) -> Result<Millis, String> {
    let span: Millis = text.parse().map_err(|error: DurationError| error.to_string())?;
    if span == Millis(0) {
        Err("the time between failures must be longer than 0".to_owned())
    } else {
        Ok(span)
    }
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { record, instance, mtbf, format } = args;
    let (instance, format) = (instance.instance, format.format.into());
    let report = context.run(&ReadReport { record, instance, mtbf, format, width: context.ui.width() })?;
    context.ui.data(&report.text)?;
    Ok(report.verdict.into())
}
