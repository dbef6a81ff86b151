//! `lab class say`

use super::ClassOption;
use crate::app::class::Say;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;

/// Say something to a student, or to all
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class say \"ten minutes left\"
  lab class say --to s03 \"look at the log of node2\"")]
pub struct Args {
    /// The text
    #[arg(value_name = "TEXT")]
    text: String,
    /// The student: a seat, or a part of the name
    #[arg(long = "to", value_name = "STUDENT")]
    student: Option<String>,
    #[command(flatten)]
    class: ClassOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { text, student, class } = args;
    context.run(&Say { class: class.class, student, text })?;
    Ok(Exit::OK)
}
