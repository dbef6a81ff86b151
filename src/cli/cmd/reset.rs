//! `lab reset`

use std::time::Instant;

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::apply::InstanceLock;
use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::start::{Found, Start};
use crate::cli::words::seconds;
use crate::cli::{complete, perform, provider, raise};
use crate::model::InstanceName;

/// Put instances back to how they were when they had just come up
///
/// All nodes, also those that a drill or you destroyed; what is on their disks now is lost. With the lab's checkpoint it takes
/// about a second. Without one (it came up with --no-checkpoint, or was changed since) all nodes are made again and boot.
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
    provider::needs_root(context, name)?;
    let mut instance = context.describe(name)?;
    let _lock = InstanceLock::acquire(&context.state, name, "lab reset")?;
    let provider = provider::open(context, name, instance.accel, Catalog::of_state(&context.state))?;
    raise::settle(provider.as_ref(), context)?;
    let inventory = provider.inventory()?;
    let start = Start::of(&instance, provider.as_ref(), context)?;
    match start.find()? {
        Found::Usable(checkpoint) => {
            let plan = crate::plan::restore(&checkpoint, &inventory)?;
            raise::restore(&mut instance, &plan, checkpoint.id(), provider.as_ref(), "lab reset", steps)?;
        }
        Found::No(why) => {
            let why = why.unwrap_or_else(|| "the lab has no checkpoint".to_owned());
            context.ui.say(format!("{name}: making all nodes again, because {why}"));
            let plan = raise::from_nothing(&instance.desired, &inventory)?;
            perform::plan(steps, name, &plan, provider.as_ref(), "lab reset", true)?;
            instance.restoring = None;
            raise::write_down(&instance, context)?;
            raise::forget_faults(&instance, context)?;
            start.save(&instance, provider.as_ref(), context);
        }
    }
    context.ui.say(format!("{name} is as it was when it came up, after {}", seconds(begin.elapsed())));
    Ok(())
}
