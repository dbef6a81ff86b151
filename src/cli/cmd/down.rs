//! `lab down`

use super::Outcome;
use crate::app::Down;
use crate::cli::context::Context;
use crate::cli::options::InstancesOption;

/// Take instances down, from whatever state they are in
///
/// Needs no lab file. Leaves nothing but the instance's SSH keys and the records of its drills; --purge takes those too.
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
        context.ui.say("no instance stands");
    }
    Ok(context.each(all)?.1)
}
