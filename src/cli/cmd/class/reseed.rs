//! `lab class reseed`

use super::ClassOption;
use crate::app::class::Reseed;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;

/// Give a student other values of an exercise's variables, from the next start on
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class reseed s03")]
pub struct Args {
    /// The student: a seat, or a part of the name
    #[arg(value_name = "STUDENT")]
    student: String,
    #[command(flatten)]
    class: ClassOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { student, class } = args;
    context.run(&Reseed { class: class.class, student })?;
    Ok(Exit::OK)
}
