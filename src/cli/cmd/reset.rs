//! `lab reset`

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::app::Reset;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::model::InstanceName;

/// Put instances back to how they were when they had just come up
///
/// All nodes, also those that a drill or you destroyed; what is on their disks now is lost. With the lab's checkpoint it takes
/// a second or two. Without one (it came up with --no-checkpoint, or was changed since) all nodes are made again and boot.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab reset
  lab reset alice bob
  lab reset --all")]
pub struct Args {
    /// The instances; needed only when several stand
    #[arg(value_name = "INSTANCE", add = ArgValueCompleter::new(complete::instances))]
    instances: Vec<InstanceName>,
    /// All instances
    #[arg(long, conflicts_with = "instances")]
    all: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let all = context.run(&Reset { instances: args.instances, all: args.all })?;
    Ok(context.each(all)?.1)
}
