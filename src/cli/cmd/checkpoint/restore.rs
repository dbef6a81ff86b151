//! `lab checkpoint restore`

use std::time::Instant;

use clap_complete::ArgValueCompleter;

use super::{Outcome, find};
use crate::apply::InstanceLock;
use crate::catalog::Catalog;
use crate::checkpoint::{Checkpoint, Inputs, Store};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::InstanceOption;
use crate::cli::words::seconds;
use crate::cli::{complete, provider, raise};
use crate::instance::Instance;
use crate::model::InstanceName;
use crate::plan;
use crate::provider::Provider;

/// Go back to a state that was kept
///
/// What the instance is now is lost. Where the lab does not stand, an instance of it is made.
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
    let begin = Instant::now();
    let checkpoint = find(&args.checkpoint, context)?;
    let name = target(&args, &checkpoint, context)?;
    provider::needs_root(context, &name)?;
    let _lock = InstanceLock::acquire(&context.state, &name, "lab checkpoint restore")?;
    let saved = &checkpoint.spec.instance;
    let provider = provider::open(context, &name, saved.accel, Catalog::of_state(&context.state))?;
    usable(&checkpoint, provider.as_ref(), context)?;
    raise::settle(provider.as_ref(), context)?;
    let inventory = provider.inventory()?;
    let plan = plan::restore(&checkpoint, &inventory)?;
    let before = Instance::load(&context.state, &name).ok().flatten();
    let created = before.map_or_else(jiff::Timestamp::now, |before| before.created);
    let mut instance = Instance { name: name.clone(), created, ..saved.clone() };
    raise::restore(&mut instance, &plan, &checkpoint, provider.as_ref(), "lab checkpoint restore", context)?;
    context.ui.say(format!("{name} is as in {} after {}", checkpoint.id(), seconds(begin.elapsed())));
    Ok(Exit::OK)
}

/// The instance that becomes the checkpoint: the named one, the only one of its lab that stands, or a new one.
fn target(args: &Args, checkpoint: &Checkpoint, context: &Context) -> Result<InstanceName, CliError> {
    if let Some(name) = &args.instance.instance {
        return Ok(name.clone());
    }
    let lab = checkpoint.id().lab();
    let of_lab = |name: &InstanceName| {
        Instance::load(&context.state, name)
            .is_ok_and(|found| found.is_some_and(|found| found.lab.name == *lab))
    };
    let names: Vec<InstanceName> = context.instances()?.into_iter().filter(of_lab).collect();
    match names.as_slice() {
        [only] => Ok(only.clone()),
        [] => Ok(checkpoint.spec.instance.name.clone()),
        several => Err(CliError::usage(format!(
            "several instances of {lab} stand: {}",
            crate::cli::words::join(several)
        ))
        .hint("choose one with `--lab INSTANCE`")),
    }
}

/// Refuses a checkpoint that this machine cannot run.
fn usable(checkpoint: &Checkpoint, provider: &dyn Provider, context: &Context) -> Result<(), CliError> {
    let id = checkpoint.id();
    Store::new(&context.state)
        .check(checkpoint)
        .map_err(|damage| CliError::failed(format!("{id} cannot be restored")).because(damage))?;
    let now = Inputs { platform: provider.platform()?, ..checkpoint.spec.inputs.clone() };
    let differences = now.differences(&checkpoint.spec.inputs);
    if differences.is_empty() {
        return Ok(());
    }
    Err(CliError::failed(format!("{id} was saved on something else: {}", differences.join("; ")))
        .hint("memories can only be restored by what saved them"))
}
