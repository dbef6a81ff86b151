//! `lab answer`

use super::Outcome;
use crate::app::exercise::Answer;
use crate::app::exercise::words::{self, Phrase};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::{InstanceOption, LanguageOption};
use crate::model::CheckName;

/// Answer a question of the exercise, or predict a figure
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab task
  lab answer cause authkeys
  lab answer prediction 6500ms")]
pub struct Args {
    /// The question, by the name that `lab task` shows
    #[arg(value_name = "QUESTION")]
    check: CheckName,
    /// The answer
    #[arg(value_name = "ANSWER", required = true)]
    answer: Vec<String>,
    #[command(flatten)]
    instance: InstanceOption,
    #[command(flatten)]
    language: LanguageOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let answer = args.answer.join(" ");
    context.run(&Answer { check: args.check, answer, instance: args.instance.instance })?;
    context.ui.say(words::phrase(Phrase::AnswerTaken, args.language.chosen()));
    Ok(Exit::OK)
}
