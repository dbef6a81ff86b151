//! `lab drill report`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::cli::context::Context;
use crate::cli::options::{FormatOption, InstanceOption};
use crate::cli::{complete, drill};

/// Report a drill from its record
///
/// Every figure is computed from the record alone. Ends with the same status as the drill did.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab drill report
  lab drill report power-cut
  lab drill report ./record.jsonl --format json")]
pub struct Args {
    /// The record: a path, the name of its folder, or a drill (the newest of it). Without it: the newest of all
    #[arg(add = ArgValueCompleter::new(complete::records))]
    record: Option<String>,
    #[command(flatten)]
    instance: InstanceOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let path = drill::chosen(context, args.record.as_deref(), args.instance.instance.as_ref())?;
    drill::report(context, &path, args.format.format)
}
