//! `lab save`

use super::Outcome;
use crate::app::exercise::Save;
use crate::app::exercise::words::{self, Phrase};
use crate::base::words::seconds;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::{InstanceOption, LanguageOption};
use crate::model::CheckpointName;

/// Save your work on an exercise, to come back to it with `lab load`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab save before-the-split")]
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
    let took = context.run(&Save { name: args.name, instance: args.instance.instance })?;
    let text = words::phrase(Phrase::Saved, args.language.chosen());
    context.ui.say(format!("{text} ({})", seconds(took)));
    Ok(Exit::OK)
}
