//! `lab down`

use super::Outcome;
use crate::app::Down;
use crate::cli::context::Context;
use crate::cli::options::InstancesOption;

/// Take instances down, in any state
///
/// Needs no lab file. Keeps only the instance's SSH keys and the records of its drills; --purge deletes them
/// too.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab down
  lab down drbd-heartbeat second
  lab down --all --purge")]
pub struct Args {
    #[command(flatten)]
    instances: InstancesOption,
    /// Delete keys and records too
    #[arg(long)]
    purge: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let all = context.run(&Down {
        instances: args.instances.named(),
        all: args.instances.all,
        purge: args.purge,
    })?;
    if all.instances.is_empty() {
        context.ui.say("there are no instances");
    }
    Ok(context.each(all)?.1)
}
