//! `lab finish`

use super::Outcome;
use super::score::text;
use crate::app::exercise::Finish;
use crate::app::exercise::words::{self, Phrase};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::{FormatOption, InstanceOption, LanguageOption};

/// End the exercise, and show its score
///
/// The cluster goes on as it is; `lab reset` makes it healthy again, `lab down` takes it away.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab finish")]
pub struct Args {
    #[command(flatten)]
    instance: InstanceOption,
    #[command(flatten)]
    language: LanguageOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let score = context.run(&Finish { instance: args.instance.instance })?;
    let language = args.language.chosen();
    context.ui.value(args.format.format, &score, || text(&score, language))?;
    context.ui.say(words::phrase(Phrase::Finished, language));
    Ok(Exit::OK)
}
