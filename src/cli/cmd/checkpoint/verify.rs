//! `lab checkpoint verify`

use clap_complete::ArgValueCompleter;

use crate::app::checkpoint::Verify;
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;

/// Read whole checkpoints and compare them with the recorded digests
///
/// A restore checks only the lengths of the files, because it has to be fast.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab checkpoint verify before-the-split")]
pub struct Args {
    /// The checkpoints: NAME, or LAB.NAME
    #[arg(value_name = "CHECKPOINT", required = true, add = ArgValueCompleter::new(complete::checkpoints))]
    checkpoints: Vec<String>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    context.run(&Verify { checkpoints: args.checkpoints })?;
    Ok(Exit::OK)
}
