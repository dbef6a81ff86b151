//! `lab reset`

use std::time::Instant;

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::reset::Reset;
use crate::cli::words::seconds;
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
    let names = context.several(&args.instances, args.all)?;
    let steps = context.muted_for(names.len());
    context.for_each(&names, |name| reset(name, context, &steps))
}

fn reset(name: &InstanceName, context: &Context, steps: &Context) -> Result<(), CliError> {
    let begin = Instant::now();
    let mut reset = Reset::of(name, "lab reset", context, steps)?;
    if let Err(why) = reset.restore()? {
        context.ui.say(format!("{name}: making all nodes again, because {why}"));
        reset.make_again()?;
    }
    context.ui.say(format!("{name} is as it was when it came up, after {}", seconds(begin.elapsed())));
    Ok(())
}
