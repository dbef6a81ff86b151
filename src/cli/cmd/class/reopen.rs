//! `lab class reopen`

use super::ClassOption;
use crate::app::class::{Reopen, shown};
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::model::ExerciseName;

/// Bring the running cluster of a hand-in up again, to look at it together
///
/// The instance of the student is put into the state of the hand-in, memories included. Nothing can be handed
/// in from it, and the student can only look once the class is over. Refused while the student works on
/// something that was not handed in.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class reopen s03
  lab class reopen s03 who-am-i")]
pub struct Args {
    /// The student: a seat, or a part of the name
    #[arg(value_name = "STUDENT")]
    student: String,
    /// The exercise, if several were handed in
    #[arg(value_name = "EXERCISE")]
    exercise: Option<ExerciseName>,
    #[command(flatten)]
    class: ClassOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { student, exercise, class, format } = args;
    let opened = context.run(&Reopen { class: class.class, student, exercise })?;
    context.ui.value(format.format, &opened, || {
        format!("{}: {}, handed in {}\n", opened.instance, opened.exercise, shown(opened.submitted))
    })?;
    context.ui.say(format!("`lab down {}` takes it away, and so does `lab class close`", opened.instance));
    Ok(Exit::OK)
}
