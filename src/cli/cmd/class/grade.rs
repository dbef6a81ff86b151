//! `lab class grade`

use super::ClassOption;
use crate::app::class::{ClassGraded, GradeAll};
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;

/// Grade the hand-ins that were not graded yet, one at a time
///
/// Each check is performed on copies of the hand-in. For times that can be compared, nothing else should run
/// on the machine. Interrupted, it goes on where it stopped.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class grade
  lab class grade --student s03")]
pub struct Args {
    /// Only those of this student: a seat, or a part of the name
    #[arg(long, value_name = "STUDENT")]
    student: Option<String>,
    #[command(flatten)]
    class: ClassOption,
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let graded = context.run(&GradeAll { class: args.class.class, student: args.student })?;
    context.ui.value(args.format.format, &graded, || text(&graded))?;
    // Each was reported when it happened.
    Ok(if graded.left_out.is_empty() { Exit::OK } else { Exit::FAILED })
}

fn text(graded: &ClassGraded) -> String {
    let mut table = Table::new(["SEAT", "EXERCISE", "POINTS", "OF"]);
    for one in &graded.hand_ins {
        let points: u32 = one.outcomes.iter().map(|outcome| outcome.points).sum();
        let of: u32 = one.outcomes.iter().map(|outcome| outcome.of).sum();
        table.row([one.seat.to_string(), one.exercise.to_string(), points.to_string(), of.to_string()]);
    }
    table.render()
}
