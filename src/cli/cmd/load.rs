//! `lab load`

use super::Outcome;
use crate::app::exercise::Load;
use crate::app::exercise::words::{self, Phrase};
use crate::base::words::seconds;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::{InstanceOption, LanguageOption};
use crate::model::CheckpointName;

/// Put the cluster back to a save point of the exercise
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab load before-the-split")]
pub struct Args {
    /// The name of the save point
    #[arg(value_name = "NAME")]
    name: CheckpointName,
    #[command(flatten)]
    instance: InstanceOption,
    #[command(flatten)]
    language: LanguageOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let took = context.run(&Load { name: args.name, instance: args.instance.instance })?;
    let text = words::phrase(Phrase::Loaded, args.language.chosen());
    context.ui.say(format!("{text} ({})", seconds(took)));
    Ok(Exit::OK)
}
