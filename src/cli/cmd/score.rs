//! `lab score`

use owo_colors::Style;

use super::Outcome;
use crate::app::exercise::words::{self, Phrase};
use crate::app::exercise::{CurrentScore, Language, Score, ShowScore};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::grade_progress::lines;
use crate::cli::options::{FormatOption, InstanceOption, LanguageOption};
use crate::cli::ui::{bold, dim, paint};

/// Show the score of the exercise
///
/// With --verify every point is computed again from the records of the gradings, and the chain of the log is
/// checked; ends with 10 if something does not follow from them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab score
  lab score --verify")]
pub struct Args {
    /// Compute every point again from the records
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    instance: InstanceOption,
    #[command(flatten)]
    language: LanguageOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let score = context.run(&ShowScore { instance: args.instance.instance, verify: args.verify })?;
    let language = args.language.chosen();
    context.ui.value(args.format.format, &score, || text(&score, language))?;
    Ok(match &score.mismatches {
        Some(mismatches) if !mismatches.is_empty() => Exit::DRILL_FAILED,
        _ => Exit::OK,
    })
}

/// A score as it is printed.
pub fn text(current: &CurrentScore, language: Language) -> String {
    let mut text = format!("{}\n", bold(current.title.get(language)));
    for (title, outcome) in current.checks.iter().zip(&current.outcomes) {
        text.push_str(&format!("{}\n", lines(title, outcome, language)));
    }
    text.push_str(&format!("{}\n", told(&current.score, language)));
    if let Some(mismatches) = &current.mismatches {
        for mismatch in mismatches {
            text.push_str(&format!("{mismatch}\n"));
        }
        if mismatches.is_empty() {
            text.push_str(&format!("{}\n", words::phrase(Phrase::Verified, language)));
        }
    }
    text.push_str(&format!("{}\n", dim(format!("receipt {}", current.receipt))));
    text
}

/// The score and whether it passes, in one line.
pub fn told(score: &Score, language: Language) -> String {
    let (word, style) = match score.passed() {
        true => (Phrase::Pass, Style::new().green().bold()),
        false => (Phrase::NoPass, Style::new().yellow().bold()),
    };
    let score = words::phrase(Phrase::Score(*score), language);
    format!("{} {score}", paint(words::phrase(word, language), style))
}
