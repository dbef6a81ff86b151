//! `lab class extend`

use super::ClassOption;
use crate::app::class::Extend;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::model::Millis;

/// Give a student, or all, more time
///
/// Where the time is over already, it begins again from now.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab class extend 10m
  lab class extend 10m --student s03")]
pub struct Args {
    /// How much longer
    #[arg(value_name = "TIME")]
    by: Millis,
    /// The student: a seat, or a part of the name
    #[arg(long, value_name = "STUDENT")]
    student: Option<String>,
    #[command(flatten)]
    class: ClassOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { by, student, class } = args;
    let until = context.run(&Extend { class: class.class, student, by })?;
    context.ui.say(format!("the time goes on until {}", crate::app::class::shown(until)));
    Ok(Exit::OK)
}
