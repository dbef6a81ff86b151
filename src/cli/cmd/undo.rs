//! `lab undo`

use super::Outcome;
use crate::app::exercise::Undo;
use crate::app::exercise::words::{self, Phrase};
use crate::base::words::seconds;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::{InstanceOption, LanguageOption};

/// Put the cluster back to the start of the exercise, in a second or two
///
/// Memories and disks are those of the start; your present work is lost, unless you saved it (`lab save`).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab undo")]
pub struct Args {
    #[command(flatten)]
    instance: InstanceOption,
    #[command(flatten)]
    language: LanguageOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let took = context.run(&Undo { instance: args.instance.instance })?;
    let text = words::phrase(Phrase::AtStart, args.language.chosen());
    context.ui.say(format!("{text} ({})", seconds(took)));
    Ok(Exit::OK)
}
