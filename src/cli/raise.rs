//! Bringing an instance up: from its start when it has one, else by booting it, and then with a start for the next time.

use std::sync::atomic::AtomicBool;

use super::context::Context;
use super::drill;
use super::error::CliError;
use super::exit::Exit;
use super::perform;
use super::start::{Found, Start};
use super::wanted::Wanted;
use crate::apply::ApplyError;
use crate::checkpoint::Checkpoint;
use crate::instance::Instance;
use crate::inventory::Inventory;
use crate::plan::{self, Action, Plan, Purpose, UpOptions};
use crate::provider::Provider;
use crate::work;
use crate::work::ProviderError;

/// How an instance comes up.
#[derive(Debug, Clone, Copy, Default)]
pub struct How {
    /// Boot it, even where there is a checkpoint.
    pub cold: bool,
    /// Make no checkpoint of it.
    pub no_checkpoint: bool,
    /// Keep what was made when something fails.
    pub keep: bool,
}

/// What is to be done, and where it begins.
pub struct Planned {
    /// The steps.
    pub plan: Plan,
    /// The checkpoint that it restores, if it does.
    pub from: Option<Box<Checkpoint>>,
    /// Why it restores none although the lab was up on this machine before.
    pub cold_because: Option<String>,
}

/// The plan for an instance of which this much exists.
///
/// # Errors
/// When the plan is refused, or the checkpoints cannot be read.
pub fn plan(wanted: &Wanted, start: &Start, inventory: &Inventory, how: How) -> Result<Planned, CliError> {
    let interrupted = wanted.before.as_ref().is_some_and(|before| before.restoring.is_some());
    if wanted.recreates() || !(inventory.is_empty() || interrupted) {
        return Ok(Planned { plan: wanted.plan(inventory)?, from: None, cold_because: None });
    }
    let found = if how.cold { Found::No(None) } else { start.find()? };
    match found {
        Found::Usable(checkpoint) => {
            let plan = plan::restore(&checkpoint, inventory)?;
            Ok(Planned { plan, from: Some(checkpoint), cold_because: None })
        }
        Found::No(cold_because) => {
            // What an interrupted restore left is neither the old nor the new.
            let plan = if interrupted {
                from_nothing(&wanted.desired, inventory)?
            } else {
                wanted.plan(inventory)?
            };
            Ok(Planned { plan, from: None, cold_because })
        }
    }
}

/// The plan that makes all nodes again, whatever is there of them.
///
/// # Errors
/// When the plan is refused.
pub fn from_nothing(desired: &crate::desired::Desired, inventory: &Inventory) -> Result<Plan, CliError> {
    let recreate = desired.nodes.iter().map(|node| node.name.clone()).collect();
    Ok(plan::up(desired, inventory, &UpOptions { recreate })?)
}

/// Puts right what a killed command left, and says what it was; whether there was something.
///
/// # Errors
/// When it cannot be put right.
pub fn settle(provider: &dyn Provider, context: &Context) -> Result<bool, CliError> {
    let quiet = work::Context { progress: &|_| {}, cancel: &AtomicBool::new(false) };
    let told = provider.settle(&quiet)?;
    told.iter().for_each(|told| context.ui.say(told));
    Ok(told.is_some())
}

/// How often a lab is restored whose cluster does not come through it.
const RESTORES: usize = 3;

/// Restores an instance, which must be locked, by a plan that does it.
///
/// A machine that is stopped for longer than the cluster's own limit at the very moment at which its guests go on makes them
/// take each other for dead. That is the machine's fault and not the checkpoint's, so it is restored again.
///
/// # Errors
/// When a step fails or the user stops it: then the next `lab up` or `lab reset` restores it again.
pub fn restore(
    instance: &mut Instance,
    plan: &Plan,
    from: &Checkpoint,
    provider: &dyn Provider,
    command: &str,
    context: &Context,
) -> Result<(), CliError> {
    instance.restoring = Some(from.id().clone());
    write_down(instance, context)?;
    let mut again;
    let mut plan = plan;
    let mut waited = false;
    for left in (0..RESTORES).rev() {
        match perform::attempt(context, &instance.name, plan, provider, command)? {
            Ok(_) => break,
            // One that stays sick for as long as a check waits is hardly sick by chance a second time.
            Err(error) if left > 0 && unhealthy(&error) && !(waited && timed_out(&error)) => {
                waited |= timed_out(&error);
                let told = CliError::from(error).line();
                context
                    .ui
                    .warn(format!("the cluster did not come through being restored: {told}; once more"));
                again = plan::restore(from, &provider.inventory()?)?;
                plan = &again;
            }
            Err(error) => return Err(error.into()),
        }
    }
    instance.restoring = None;
    write_down(instance, context)?;
    forget_faults(instance, context)
}

/// Whether all machines run, and what runs on them is not healthy.
fn unhealthy(error: &ApplyError) -> bool {
    let ApplyError::Failed { failures, .. } = error else { return false };
    failures.iter().all(|failure| matches!(failure.action, Action::AwaitHealth(_)))
}

/// Whether somebody waited for as long as may be waited.
fn timed_out(error: &ApplyError) -> bool {
    let ApplyError::Failed { failures, .. } = error else { return false };
    failures.iter().any(|failure| matches!(failure.error, ProviderError::TimedOut { .. }))
}

/// Notes what an instance is.
///
/// # Errors
/// When it cannot be written.
pub fn write_down(instance: &Instance, context: &Context) -> Result<(), CliError> {
    instance
        .save(&context.state)
        .map_err(|error| CliError::failed("the instance cannot be written down").because(error))
}

/// Forgets what a drill had cut when it was killed: it is on by now.
///
/// # Errors
/// When the note of it cannot be deleted.
pub fn forget_faults(instance: &Instance, context: &Context) -> Result<(), CliError> {
    crate::sabotage::Journal::forget(&drill::heal_file(context, &instance.name))
        .map_err(|error| CliError::failed("a file of an earlier drill cannot be deleted").because(error))
}

/// Brings an instance, which must be locked, to what is wanted. `announce` hears the plan before it is done.
///
/// # Errors
/// When a step fails or the user stops it.
pub fn raise(
    wanted: &Wanted,
    provider: &dyn Provider,
    how: How,
    announce: &dyn Fn(&Planned),
    context: &Context,
) -> Result<Planned, CliError> {
    settle(provider, context)?;
    let mut instance = wanted.instance(context);
    let start = Start::of(&instance, provider, context)?;
    let inventory = provider.inventory()?;
    let planned = plan(wanted, &start, &inventory, how)?;
    announce(&planned);
    let planned = match &planned.from {
        None => planned,
        Some(checkpoint) => {
            match restore(&mut instance, &planned.plan, checkpoint, provider, "lab up", context) {
                Ok(()) => return Ok(planned),
                Err(error) if error.exit() == Exit::INTERRUPTED => return Err(error),
                // One that cannot be restored is not kept, unless others live on it.
                Err(error) => {
                    let id = checkpoint.id();
                    context.ui.warn(format!("{id} cannot be restored, so the lab boots instead"));
                    context.ui.error(&error);
                    start.forget(context)?;
                    plan(wanted, &start, &provider.inventory()?, How { cold: true, ..how })?
                }
            }
        }
    };
    cold(wanted, &mut instance, &planned, &start, provider, how, context)?;
    Ok(planned)
}

/// Boots or changes an instance, and keeps its start when it is a new one.
fn cold(
    wanted: &Wanted,
    instance: &mut Instance,
    planned: &Planned,
    start: &Start,
    provider: &dyn Provider,
    how: How,
    context: &Context,
) -> Result<(), CliError> {
    // Written before the first change, so that whoever comes after a crash knows what this was to be.
    instance.restoring = None;
    if wanted.before.as_ref() != Some(&*instance) {
        write_down(instance, context)?;
    }
    if !planned.plan.is_empty() {
        perform::plan(context, &instance.name, &planned.plan, provider, "lab up", how.keep)?;
    }
    forget_faults(instance, context)?;
    if planned.plan.purpose == Purpose::Fresh && !how.no_checkpoint {
        start.save(instance, provider, context);
    }
    Ok(())
}
