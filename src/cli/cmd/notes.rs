//! `lab notes`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::app::{ShowNotes, WriteNotes};
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::model::InstanceName;

/// Show the notes on an instance, or replace them
///
/// Notes go with their instance. The page of `lab serve` shows the same.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab notes
  lab notes s01 --write 'node2 waits for a new disk'")]
pub struct Args {
    /// The instance. Default: the only one
    #[arg(id = "name", value_name = "INSTANCE", add = ArgValueCompleter::new(complete::instances))]
    name: Option<InstanceName>,
    /// The same
    #[arg(short = 'l', long = "lab", value_name = "INSTANCE", conflicts_with = "name", add = ArgValueCompleter::new(complete::instances))]
    instance: Option<InstanceName>,
    /// The new notes; an empty text removes them
    #[arg(long, value_name = "TEXT")]
    write: Option<String>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let instance = args.name.or(args.instance);
    match args.write {
        Some(text) => context.run(&WriteNotes { text, instance })?,
        None => match context.run(&ShowNotes { instance })?.as_str() {
            "" => context.ui.say("there are no notes"),
            text => context.ui.data(text)?,
        },
    }
    Ok(Exit::OK)
}
