//! `lab hint`

use super::Outcome;
use crate::app::exercise::TakeHint;
use crate::app::exercise::words::{self, Phrase};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::markdown;
use crate::cli::options::{FormatOption, InstanceOption, LanguageOption};
use crate::cli::ui::bold;

/// Take the next hint; it costs a share of the points
///
/// A hint that fits the result of your last `lab grade` comes first. `lab undo` does not give its price back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab hint")]
pub struct Args {
    #[command(flatten)]
    instance: InstanceOption,
    #[command(flatten)]
    language: LanguageOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let hint = context.run(&TakeHint { instance: args.instance.instance })?;
    let language = args.language.chosen();
    context.ui.value(args.format.format, &serde_json::json!({ "hint": hint }), || match &hint {
        None => words::phrase(Phrase::NoHint, language),
        Some(hint) => {
            let head = words::phrase(Phrase::Hint { number: hint.number, cost: hint.cost }, language);
            format!("{}\n{}", bold(head), markdown::rendered(hint.text.get(language), context.ui.width()))
        }
    })?;
    Ok(Exit::OK)
}
