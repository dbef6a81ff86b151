//! `lab down`

use std::time::Instant;

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::take_down::take_down;
use crate::cli::words::seconds;
use crate::cli::{complete, interrupt};
use crate::diagnostic::suggestion;
use crate::model::InstanceName;

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
    /// The instances; needed only when several stand
    #[arg(value_name = "INSTANCE", add = ArgValueCompleter::new(complete::instances))]
    instances: Vec<InstanceName>,
    /// All instances
    #[arg(long, conflicts_with = "instances")]
    all: bool,
    /// Delete keys and records too
    #[arg(long)]
    purge: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let names = which(&args, context)?;
    let steps = context.muted_for(names.len());
    context.for_each(&names, |name| down(name, args.purge, context, &steps))
}

fn which(args: &Args, context: &Context) -> Result<Vec<InstanceName>, CliError> {
    let standing = context.instances()?;
    if args.all || (args.instances.is_empty() && standing.is_empty()) {
        return Ok(standing);
    }
    if args.instances.is_empty() {
        return Ok(vec![context.choose_or(None, "name those that you mean, or use --all")?]);
    }
    for name in &args.instances {
        let leftovers =
            args.purge && (context.state.keys(name).exists() || context.state.records(name).exists());
        if !standing.contains(name) && !leftovers {
            return Err(CliError::not_found(format!("no instance `{name}` stands")).hint(suggestion(
                name.as_str(),
                "instance",
                standing.iter().map(InstanceName::as_str),
            )));
        }
    }
    Ok(args.instances.clone())
}

fn down(name: &InstanceName, purge: bool, context: &Context, steps: &Context) -> Result<(), CliError> {
    let start = Instant::now();
    take_down(name, purge, "lab down", context, steps, interrupt::flag())?;
    context.ui.say(format!("{name} is down after {}", seconds(start.elapsed())));
    Ok(())
}
