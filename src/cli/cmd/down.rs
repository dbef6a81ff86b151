//! `lab down`

use std::time::Instant;

use clap_complete::ArgValueCompleter;

use super::Outcome;
use crate::apply::InstanceLock;
use crate::catalog::Catalog;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::words::seconds;
use crate::cli::{complete, perform, provider};
use crate::host::accel::Wish;
use crate::labfile::suggestion;
use crate::model::InstanceName;
use crate::plan;

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
    context.for_each(&names, |name| take_down(name, args.purge, context, &steps))
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

fn take_down(name: &InstanceName, purge: bool, context: &Context, steps: &Context) -> Result<(), CliError> {
    let start = Instant::now();
    provider::needs_root(context, name)?;
    let lock = InstanceLock::acquire(&context.state, name, "lab down")?;
    let provider = provider::open(context, name, Wish::Auto, Catalog::of_state(&context.state))?;
    let plan = plan::down(&provider.inventory()?)?;
    if !plan.is_empty() {
        perform::plan(steps, name, &plan, provider.as_ref(), "lab down", false)?;
    }
    // What was made before the host was marked is nothing that the host can be asked about.
    let mut folders = vec![context.state.instance(name)];
    if purge {
        folders.extend([context.state.keys(name), context.state.records(name)]);
    }
    for folder in folders {
        delete(&folder)
            .map_err(|error| CliError::failed("not everything could be deleted").because(error))?;
    }
    drop(lock);
    context.ui.say(format!("{name} is down after {}", seconds(start.elapsed())));
    Ok(())
}

fn delete(folder: &std::path::Path) -> std::io::Result<()> {
    match fs_err::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
