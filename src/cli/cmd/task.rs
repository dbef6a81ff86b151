//! `lab task`

use super::Outcome;
use super::exercise::text_of;
use crate::app::exercise::ShowTask;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::{FormatOption, InstanceOption, LanguageOption};

/// Show the task of the exercise that goes on, its checks and its questions
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab task
  lab task --language id")]
pub struct Args {
    #[command(flatten)]
    instance: InstanceOption,
    #[command(flatten)]
    language: LanguageOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let shown = context.run(&ShowTask { instance: args.instance.instance })?;
    let language = args.language.chosen();
    context.ui.value(args.format.format, &shown, || text_of(&shown, language, context.ui.width()))?;
    Ok(Exit::OK)
}
