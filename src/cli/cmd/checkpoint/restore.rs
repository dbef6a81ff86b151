//! `lab checkpoint restore`

use clap_complete::ArgValueCompleter;

use crate::app::checkpoint::Restore;
use crate::base::words::seconds;
use crate::cli::cmd::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::InstanceOption;

/// Restore a saved state
///
/// The present state of the instance is lost. If no instance of the lab exists, one is created.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab checkpoint restore before-the-split
  lab checkpoint restore drbd-heartbeat.before-the-split --lab second")]
pub struct Args {
    /// The checkpoint: NAME, or LAB.NAME
    #[arg(value_name = "CHECKPOINT", add = ArgValueCompleter::new(complete::checkpoints))]
    checkpoint: String,
    #[command(flatten)]
    instance: InstanceOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let restored = context.run(&Restore { checkpoint: args.checkpoint, instance: args.instance.instance })?;
    let took = seconds(restored.took);
    context.ui.say(format!("{} is as in {} after {took}", restored.instance, restored.checkpoint));
    Ok(Exit::OK)
}
