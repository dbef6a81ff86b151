//! `lab checkpoint verify`

use clap_complete::ArgValueCompleter;

use crate::app::checkpoint::Verify;
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;

/// Read checkpoints as a whole and compare them with the digests that were noted
///
/// A restore only looks at the lengths of files, because it is quick.
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
