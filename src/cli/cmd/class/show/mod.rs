//! `lab class show`

mod words;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::ClassOption;
use crate::app::class::{
    AttemptShown, CheckRow, Deed, ExerciseShown, Happened, ShowStudent, Signal, StudentShown, shown,
};
use crate::app::exercise::Language;
use crate::base::text::one_line;
use crate::base::words::{join, seconds};
use crate::cli::cmd::Outcome;
use crate::cli::cmd::score::told;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::grade_progress::lines;
use crate::cli::options::{FormatOption, LanguageOption};
use crate::cli::ui::{bold, dim};
use words::{Word, word};

/// Show all that happened at the bench of a student
///
/// Each exercise with its attempts: gradings and what was seen, hints, answers, save points, hand-ins with
/// their receipts, and points; then messages, raised hands and orders.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class show s03
  lab class show Aminah --language id
  lab class show s03 --format json")]
pub struct Args {
    /// The student: a seat, or a part of the name
    #[arg(value_name = "STUDENT")]
    student: String,
    #[command(flatten)]
    class: ClassOption,
    #[command(flatten)]
    language: LanguageOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let found = context.run(&ShowStudent { class: args.class.class, student: args.student })?;
    let language = args.language.chosen();
    context.ui.value(args.format.format, &found, || text(&found, language))?;
    Ok(Exit::OK)
}

fn text(found: &StudentShown, language: Language) -> String {
    let word = |what| word(what, language);
    let title = one_line(found.title.get(language));
    let mut text = format!("{}  {}: {title}\n", bold(found.seat), bold(&found.class));
    for student in &found.students {
        let more = [&student.id, &student.email, &student.group];
        let more: Vec<&str> = more.into_iter().flatten().map(String::as_str).collect();
        let joined = found.joined.iter().find(|(seat, _)| *seat == student.seat);
        let joined = joined.map_or_else(|| word(Word::NotJoined), |(_, at)| word(Word::Joined(moment(*at))));
        let who = std::iter::once(student.name.as_str()).chain(more).collect::<Vec<_>>().join(", ");
        text += &format!("{}  {} ({joined})\n", student.seat, one_line(&who));
    }
    let mut state = vec![word(Word::Phase(found.phase))];
    state.extend(found.ends.map(|ends| word(Word::Until(shown(ends)))));
    state.push(word(if found.stands { Word::Stands } else { Word::DoesNotStand }));
    state.extend(found.hand.then(|| word(Word::AsksForHelp)));
    text += &format!("{}: {}\n", found.instance, join(&state));
    for signal in &found.signals {
        let (exercise, said) = match signal {
            Signal::RightForOthers { exercise, answer, seats, .. } => {
                let (answer, seats) = (one_line(answer).into_owned(), join(seats));
                (exercise, Word::RightForOthers { answer, seats })
            }
            Signal::SolvedFast { exercise, took, least } => (
                exercise,
                Word::SolvedFast { took: seconds(took.duration()), least: seconds(least.duration()) },
            ),
        };
        text += &format!("! {exercise}: {}\n", word(said));
    }
    for exercise in &found.exercises {
        text += &self::exercise(exercise, language);
    }
    if !found.events.is_empty() {
        text += &format!("\n{}\n{}", bold(word(Word::Events)), all(&found.events, language));
    }
    text
}

fn exercise(exercise: &ExerciseShown, language: Language) -> String {
    let word = |what| word(what, language);
    let title = one_line(exercise.title.get(language));
    let time = word(Word::Planned(exercise.time.to_string()));
    let mut text = format!("\n{}  {title} ({time})\n", bold(&exercise.name));
    if exercise.attempts.is_empty() {
        text += &format!("  {}\n", word(Word::NotBegun));
    }
    for AttemptShown { happened, .. } in &exercise.attempts {
        text += &all(happened, language);
    }
    if let Some(score) = &exercise.score {
        let late = if exercise.late > 0 { word(Word::Late(exercise.late)) } else { String::new() };
        text += &format!("  {}{late}\n", told(score, language));
    }
    text
}

fn all(happened: &[Happened], language: Language) -> String {
    happened.iter().map(|one| happened_text(one, language)).collect()
}

/// A line for what happened, and the checks of a grading below it.
fn happened_text(happened: &Happened, language: Language) -> String {
    let what = word(Word::Deed(&happened.what), language);
    let mut text = format!("  {}  {}\n", dim(moment(happened.at)), one_line(&what));
    if let Deed::Checked { checks } | Deed::Graded { checks, .. } = &happened.what {
        for CheckRow { title, outcome, .. } in checks {
            let Some(outcome) = outcome else { continue };
            for line in lines(title, outcome, language).lines() {
                text += &format!("      {line}\n");
            }
        }
    }
    text
}

/// A moment of this machine, with seconds.
fn moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
