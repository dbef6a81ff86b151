//! `lab course show`

use clap_complete::ArgValueCompleter;

use crate::app::course::{Show, ShownCourse, ShownExercise, ShownSession};
use crate::app::exercise::Language;
use crate::app::exercise::words::{self, Phrase};
use crate::base::columns::{Align, lines};
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::markdown;
use crate::cli::options::{FormatOption, LanguageOption};
use crate::cli::ui::{bold, dim};
use crate::model::Choice;

/// Show the sessions of a course, with what you have passed of it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab course show high-availability
  lab course show high-availability --teacher --language id
  lab course show ./my-course")]
pub struct Args {
    /// The course: its name, or the path of its folder
    #[arg(value_name = "COURSE", add = ArgValueCompleter::new(complete::courses))]
    course: String,
    /// Show the page for the teacher, which has the answers
    #[arg(long)]
    teacher: bool,
    #[command(flatten)]
    language: LanguageOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let mut shown = context.run(&Show { course: args.course })?;
    let language = args.language.chosen();
    let width = context.ui.width();
    if args.teacher {
        let page = shown.teacher.get(language);
        context.ui.value(args.format.format, &shown, || markdown::rendered(page, width))?;
    } else {
        // Students read this.
        shown.teacher = Default::default();
        context.ui.value(args.format.format, &shown, || text(&shown, language, width))?;
    }
    Ok(Exit::OK)
}

fn text(course: &ShownCourse, language: Language, width: usize) -> String {
    let mut text = format!("{}\n", bold(course.title.get(language)));
    let of_session = |session: &ShownSession| session.exercises.len() + session.more.len();
    let all = course.sessions.iter().flat_map(|session| {
        let first = session.exercises.iter().map(|exercise| row(exercise, "·", language));
        first.chain(session.more.iter().map(|exercise| row(exercise, "+", language)))
    });
    let rows: Vec<Vec<String>> = all.collect();
    let mut lines = lines(&rows, &[Align::Left; COLUMNS]).into_iter();
    for (number, session) in (1..).zip(&course.sessions) {
        let title = bold(format!("{number}. {}", session.title.get(language)));
        let time = dim(words::phrase(Phrase::Time(session.time), language));
        text.push_str(&format!("\n{title} {time}\n"));
        text.push_str(&markdown::rendered(session.aim.get(language), width));
        for line in lines.by_ref().take(of_session(session)) {
            text.push_str(&format!("  {line}\n"));
        }
    }
    text
}

/// The columns of an exercise: a sign, its name, level and time, the best result, and its title.
const COLUMNS: usize = 5;

fn row(exercise: &ShownExercise, sign: &str, language: Language) -> Vec<String> {
    let best = exercise.best.map_or_else(|| "-".to_owned(), |best| format!("{best} %"));
    let sign = if exercise.passed { "✓" } else { sign };
    vec![
        sign.to_owned(),
        exercise.name.to_string(),
        format!("{} {}", exercise.level.name(), exercise.time),
        best,
        exercise.title.get(language).to_owned(),
    ]
}
