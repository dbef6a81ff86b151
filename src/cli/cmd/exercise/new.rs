//! `lab exercise new`

use std::path::PathBuf;

use crate::app::exercise::New;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::model::ExerciseName;

/// Write a new exercise beside a lab of your own, as a start for your own text
///
/// The exercise works as it is: a node's cluster manager is off and does not come back. `lab exercise test`
/// proves it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab new my-lab --from drbd-heartbeat
  lab exercise new first --in my-lab
  lab exercise test ./my-lab/exercises/first")]
pub struct Args {
    /// The name of the exercise and of its folder
    #[arg(value_name = "NAME")]
    name: ExerciseName,
    /// The folder of the lab
    #[arg(long = "in", value_name = "FOLDER", default_value = ".")]
    inside: PathBuf,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let folder = context.run(&New { name: args.name, lab: args.inside })?;
    context.ui.data(folder.display())?;
    context.ui.say("`lab exercise test` proves that it is as it says, `lab start` begins it");
    Ok(Exit::OK)
}
