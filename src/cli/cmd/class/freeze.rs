//! `lab class freeze`

use super::ClassOption;
use crate::app::class::Freeze;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;

/// Stop the work of a student, or of all, for now
///
/// Their clusters run on; what would change them is refused until the end of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class freeze
  lab class freeze --end
  lab class freeze --student s03")]
pub struct Args {
    /// Let the work go on
    #[arg(long)]
    end: bool,
    /// The student: a seat, or a part of the name
    #[arg(long, value_name = "STUDENT")]
    student: Option<String>,
    #[command(flatten)]
    class: ClassOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { end, student, class } = args;
    context.run(&Freeze { class: class.class, student, end })?;
    Ok(Exit::OK)
}
