//! `lab reset`

use super::Outcome;
use crate::app::Reset;
use crate::cli::context::Context;
use crate::cli::options::InstancesOption;

/// Put instances back to the state in which they came up
///
/// Resets all nodes, also those that a drill or you destroyed; the present content of their disks is lost.
/// With the lab's checkpoint it takes a second or two. Without one (the lab came up with --no-checkpoint, or
/// was changed since) all nodes are made again and boot.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab reset
  lab reset alice bob
  lab reset --all")]
pub struct Args {
    #[command(flatten)]
    instances: InstancesOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let all = context.run(&Reset { instances: args.instances.named(), all: args.instances.all })?;
    Ok(context.each(all)?.1)
}
