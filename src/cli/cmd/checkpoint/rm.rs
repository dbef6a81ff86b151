//! `lab checkpoint rm`

use clap_complete::ArgValueCompleter;

use crate::app::checkpoint::Remove;
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;

/// Delete checkpoints
///
/// A checkpoint that instances or other checkpoints depend on is not deleted.
#[derive(Debug, clap::Args)]
#[command(visible_aliases = ["remove", "delete"], after_help = "\
Examples:
  lab checkpoint rm before-the-split")]
pub struct Args {
    /// The checkpoints: NAME, or LAB.NAME
    #[arg(value_name = "CHECKPOINT", required = true, add = ArgValueCompleter::new(complete::checkpoints))]
    checkpoints: Vec<String>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    context.run(&Remove { checkpoints: args.checkpoints })?;
    Ok(Exit::OK)
}
