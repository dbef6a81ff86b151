//! `lab start`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use super::exercise::text_of;
use crate::app::exercise::words::{self, Phrase};
use crate::app::exercise::{ShowTask, Start};
use crate::base::words::seconds;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::{FormatOption, LanguageOption};
use crate::cli::ui::Format;
use crate::model::InstanceName;

/// Begin an exercise: bring its lab up, put it into its start, and show the task
///
/// The first start of an exercise on a machine breaks the lab and proves that it is broken as it should be;
/// later ones take a second or two. Each start draws new values of the exercise's variables.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab exercise list
  lab start two-numbers
  lab start two-numbers --language id
  lab start ./my-lab/exercises/first --as student1")]
pub struct Args {
    /// The exercise: its name, or the path of its folder
    #[arg(value_name = "EXERCISE", add = ArgValueCompleter::new(complete::exercises))]
    exercise: String,
    /// The name of the instance, instead of the lab's own
    #[arg(long = "as", value_name = "NAME")]
    instance: Option<InstanceName>,
    /// The seed of the exercise's variables and hidden checks
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    #[command(flatten)]
    language: LanguageOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { exercise, instance, seed, language, format } = args;
    let started = context.run(&Start { exercise, instance, seed })?;
    if format.format == Format::Json {
        context.ui.json(&started)?;
        return Ok(Exit::OK);
    }
    let language = language.chosen();
    let shown = context.run(&ShowTask { instance: Some(started.instance.clone()) })?;
    context.ui.data(text_of(&shown, language, context.ui.width()))?;
    let ready = words::phrase(Phrase::Ready, language);
    let time = words::phrase(Phrase::Time(started.time), language);
    context.ui.say(format!("{}: {ready} ({}); {time}", started.instance, seconds(started.took)));
    context.ui.say(words::phrase(Phrase::Next, language));
    Ok(Exit::OK)
}
