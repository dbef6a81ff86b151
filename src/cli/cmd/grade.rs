//! `lab grade`

use super::Outcome;
use super::score::told;
use crate::app::exercise::Grade;
use crate::app::exercise::words::{self, Phrase};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::listener::Screen;
use crate::cli::options::{FormatOption, InstanceOption, LanguageOption};
use crate::cli::ui::Format;
use crate::model::CheckName;

/// Grade your work: perform the checks of the exercise on copies of your cluster
///
/// Your cluster is saved and goes on; the copies are broken and taken away. You can grade as often as you
/// like: the best grading counts. Ends with 0 if you pass, with 10 if you do not, and with 11 if a check
/// proves nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab grade
  lab grade --only members")]
pub struct Args {
    /// Perform only this check; it is not written down as a grading
    #[arg(long, value_name = "CHECK")]
    only: Vec<CheckName>,
    #[command(flatten)]
    instance: InstanceOption,
    #[command(flatten)]
    language: LanguageOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let language = args.language.chosen();
    let request = Grade { instance: args.instance.instance, only: args.only };
    let screen = Screen::new(context.ui.clone()).in_language(language);
    let graded = context.run_on(&request, screen)?;
    if args.format.format == Format::Json {
        context.ui.json(&graded)?;
    }
    let Some(score) = &graded.score else { return Ok(Exit::OK) };
    if args.format.format == Format::Text {
        context.ui.data(told(score, language))?;
        if score.open {
            context.ui.say(words::phrase(Phrase::LeftOpen, language));
        }
    }
    Ok(match (score.passed(), score.open) {
        (true, _) => Exit::OK,
        (false, true) => Exit::DRILL_INCONCLUSIVE,
        (false, false) => Exit::DRILL_FAILED,
    })
}
