//! `lab class regrade`

use super::ClassOption;
use crate::app::class::{Regrade, Regraded};
use crate::app::exercise::Score;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;
use crate::model::ExerciseName;

/// Grade hand-ins again, after an exercise was changed
///
/// Each hand-in that was graded is graded again with the exercise as it is now, one at a time; the old points
/// are shown beside the new ones. Grades stay as they are until `--accept`. Interrupted, it goes on where it
/// stopped. A hand-in whose lab, start or variables are no longer those of the exercise is left out.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class regrade --exercise who-am-i
  lab class regrade --accept
  lab class regrade --discard --student s03")]
pub struct Args {
    /// Only those of this student: a seat, or a part of the name
    #[arg(long, value_name = "STUDENT")]
    student: Option<String>,
    /// Only those of this exercise
    #[arg(long, value_name = "EXERCISE")]
    exercise: Option<ExerciseName>,
    /// Grade nothing; make the grades of what was found before
    #[arg(long)]
    accept: bool,
    /// Grade nothing; give up what was found before
    #[arg(long, conflicts_with = "accept")]
    discard: bool,
    #[command(flatten)]
    class: ClassOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { student, exercise, accept, discard, class, format } = args;
    let regraded = context.run(&Regrade { class: class.class, student, exercise, accept, discard })?;
    context.ui.value(format.format, &regraded, || text(&regraded))?;
    match (accept, discard) {
        (true, _) => context.ui.say("the new points are the grades now"),
        (_, true) => context.ui.say("the grades are as they were"),
        _ if regraded.hand_ins.is_empty() => context.ui.say("no graded hand-in was graded again"),
        _ => context.ui.say("the grades are as they were; `lab class regrade --accept` takes the new points"),
    }
    // Each was reported when it happened.
    Ok(if regraded.left_out.is_empty() { Exit::OK } else { Exit::FAILED })
}

fn text(regraded: &Regraded) -> String {
    let mut table = Table::new(["SEAT", "EXERCISE", "BEFORE", "NOW", "CHECKS THAT DIFFER"]);
    for one in &regraded.hand_ins {
        let changed: Vec<&str> = one.changed.iter().map(|check| check.as_str()).collect();
        let changed = if changed.is_empty() { "none".to_owned() } else { changed.join(", ") };
        table.row([
            one.seat.to_string(),
            one.exercise.to_string(),
            points(&one.before),
            points(&one.after),
            changed,
        ]);
    }
    for one in &regraded.left_out {
        let (seat, exercise) = (one.seat.to_string(), one.exercise.to_string());
        table.row([seat, exercise, String::new(), "left out".to_owned(), String::new()]);
    }
    table.render()
}

fn points(score: &Score) -> String {
    let open = if score.open { ", a teacher decides" } else { "" };
    format!("{} of {}{open}", score.points, score.of)
}
