//! `lab exercise show`

use clap_complete::ArgValueCompleter;

use crate::app::exercise::words::{self, Phrase};
use crate::app::exercise::{Language, Localized, Show, Shown};
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::markdown;
use crate::cli::options::{FormatOption, LanguageOption};
use crate::cli::ui::{bold, dim};
use crate::model::Choice;

/// Show what an exercise is about: its task, its checks and their points, and the price of its hints
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab exercise show two-numbers
  lab exercise show ./my-lab/exercises/first --author")]
pub struct Args {
    /// The exercise: its name, or the path of its folder
    #[arg(value_name = "EXERCISE", add = ArgValueCompleter::new(complete::exercises))]
    exercise: String,
    /// Also show the public cases that it is made from: they tell its cause
    #[arg(long)]
    author: bool,
    #[command(flatten)]
    language: LanguageOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let shown = context.run(&Show { exercise: args.exercise, author: args.author })?;
    let language = args.language.chosen();
    context.ui.value(args.format.format, &shown, || text(&shown, language, context.ui.width()))?;
    Ok(Exit::OK)
}

/// A task, under the title of its exercise if it has no heading of its own.
fn task(title: &Localized, task: &Localized, language: Language, width: usize) -> String {
    let task = task.get(language);
    let shown = markdown::rendered(task, width);
    if task.trim_start().starts_with('#') {
        shown
    } else {
        format!("{}\n\n{shown}", bold(title.get(language)))
    }
}

/// The task with what surrounds it.
pub fn text(shown: &Shown, language: Language, width: usize) -> String {
    let Shown { name, lab, title, level, time, skills, checks, questions, hints, pass, sources, .. } = shown;
    let mut text = task(title, &shown.task, language, width);
    let time = words::phrase(Phrase::Time(*time), language);
    text.push_str(&format!("\n{}\n", dim(format!("{name} · {lab} · {} · {time}", level.name()))));
    if !skills.is_empty() {
        text.push_str(&format!("{}\n", dim(skills.join(", "))));
    }
    if !questions.is_empty() {
        text.push_str(&format!("\n{}\n", bold(words::phrase(Phrase::Questions, language))));
        for question in questions {
            text.push_str(&format!(
                "  lab answer {} …   {}\n",
                question.check,
                question.question.get(language)
            ));
            if !question.among.is_empty() {
                text.push_str(&format!("      {}\n", question.among.join(" | ")));
            }
        }
    }
    text.push_str(&format!("\n{}\n", bold(words::phrase(Phrase::Checks { pass: *pass }, language))));
    for (_, title, points) in checks {
        text.push_str(&format!("{points:>5}  {}\n", title.get(language)));
    }
    if let Some(files) = &shown.files {
        text.push_str(&format!("\n{}\n", bold(words::phrase(Phrase::OnlyFiles, language))));
        files.iter().for_each(|file| text.push_str(&format!("  {file}\n")));
    }
    let hints: Vec<String> = hints.iter().map(|cost| format!("{cost} %")).collect();
    if !hints.is_empty() {
        text.push_str(&format!("\n{}\n", words::phrase(Phrase::Hints(hints.len()), language)));
    }
    if !sources.is_empty() {
        text.push_str(&format!("\n{}\n", dim(sources.join("\n"))));
    }
    text
}
