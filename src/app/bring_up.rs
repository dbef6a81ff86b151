//! Brings an instance up: restores its baseline checkpoint, or boots it and saves one.

use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use super::apply_plan;
use super::baseline::{Baseline, Found, bad_store};
use super::error::{AppError, ErrorKind};
use super::faults;
use super::job::Job;
use super::wanted::Wanted;
use crate::apply::ApplyError;
use crate::checkpoint::{Checkpoint, Store};
use crate::instance::Instance;
use crate::inventory::Inventory;
use crate::plan::{self, Action, Plan, Purpose, UpOptions};
use crate::provider::Provider;
use crate::work;
use crate::work::ProviderError;

/// How an instance comes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
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
pub fn plan(
    wanted: &Wanted,
    baseline: &Baseline,
    inventory: &Inventory,
    how: How,
) -> Result<Planned, AppError> {
    let interrupted = wanted.before.as_ref().is_some_and(|before| before.restoring.is_some());
    if wanted.recreates() || !(inventory.is_empty() || interrupted) {
        return Ok(Planned { plan: wanted.plan(inventory)?, from: None, cold_because: None });
    }
    let found = if how.cold { Found::No(None) } else { baseline.find()? };
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
pub fn from_nothing(desired: &crate::desired::Desired, inventory: &Inventory) -> Result<Plan, AppError> {
    let recreate = desired.nodes.iter().map(|node| node.name.clone()).collect();
    Ok(plan::up(desired, inventory, &UpOptions { recreate })?)
}

/// Puts right what a killed command left, and says what it was; whether there was something.
///
/// # Errors
/// When it cannot be put right.
pub fn settle(provider: &dyn Provider, job: &Job) -> Result<bool, AppError> {
    let quiet = work::Context { progress: &|_| {}, cancel: &AtomicBool::new(false) };
    let told = provider.settle(&quiet)?;
    told.iter().for_each(|told| job.say(told));
    Ok(told.is_some())
}

/// Maximum number of attempts to restore a lab whose cluster is unhealthy afterwards.
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
    job: &Job,
) -> Result<(), AppError> {
    // Whoever deletes it meanwhile would take the disks away from under the guests.
    let Some(_kept) = Store::new(&job.state).lock_shared(from.id()).map_err(bad_store)? else {
        return Err(AppError::new(
            ErrorKind::Busy,
            format!("another command makes or deletes {}", from.id()),
        ));
    };
    if Store::new(&job.state).get(from.id()).map_err(bad_store)?.is_none() {
        return Err(AppError::failed(format!("{} was deleted meanwhile", from.id())));
    }
    faults::heal_on_host(job, &instance.name, provider)?;
    instance.restoring = Some(from.id().clone());
    write_down(instance, job)?;
    let mut again;
    let mut plan = plan;
    let mut waited = false;
    for left in (0..RESTORES).rev() {
        match apply_plan::attempt(job, &instance.name, plan, provider, command)? {
            Ok(_) => break,
            // One that stays sick for as long as a check waits is hardly sick by chance a second time.
            Err(error) if left > 0 && unhealthy(&error) && !(waited && timed_out(&error)) => {
                waited |= timed_out(&error);
                let told = AppError::from(error).line();
                job.warn(format!("cluster unhealthy after restore ({told}); retrying"));
                again = plan::restore(from, &provider.inventory()?)?;
                plan = &again;
            }
            Err(error) => return Err(error.into()),
        }
    }
    instance.restoring = None;
    write_down(instance, job)?;
    faults::forget(job, &instance.name)
}

/// Whether all machines run, and what runs on them is not healthy.
fn unhealthy(error: &ApplyError) -> bool {
    let ApplyError::Failed { failures, .. } = error else { return false };
    failures.iter().all(|failure| matches!(failure.action, Action::AwaitHealth(_)))
}

/// Whether a check ran into its time limit.
fn timed_out(error: &ApplyError) -> bool {
    let ApplyError::Failed { failures, .. } = error else { return false };
    failures.iter().any(|failure| matches!(failure.error, ProviderError::TimedOut { .. }))
}

/// Writes the description of an instance.
///
/// # Errors
/// When it cannot be written.
pub fn write_down(instance: &Instance, job: &Job) -> Result<(), AppError> {
    instance
        .save(&job.state)
        .map_err(|error| AppError::failed("the instance cannot be written down").because(error))
}

/// Brings an instance, which must be locked, to what is wanted. `announce` hears the plan before it is done.
///
/// # Errors
/// When a step fails or the user stops it.
pub fn bring_up(
    wanted: &Wanted,
    provider: &dyn Provider,
    how: How,
    announce: &dyn Fn(&Planned),
    job: &Job,
) -> Result<Planned, AppError> {
    settle(provider, job)?;
    let mut instance = wanted.instance(job);
    let baseline = Baseline::of(&instance, provider, job)?;
    let inventory = faults::heal_before_planning(job, &instance.name, provider)?;
    let planned = plan(wanted, &baseline, &inventory, how)?;
    announce(&planned);
    let planned = match &planned.from {
        None => planned,
        Some(checkpoint) => {
            match restore(&mut instance, &planned.plan, checkpoint, provider, "lab up", job) {
                Ok(()) => return Ok(planned),
                Err(error) if error.kind == ErrorKind::Interrupted => return Err(error),
                // One that cannot be restored is not kept, unless others live on it.
                Err(error) => {
                    let id = checkpoint.id();
                    job.warn(format!("{id} cannot be restored, so the lab boots instead"));
                    job.problem(&error);
                    baseline.forget(job)?;
                    plan(wanted, &baseline, &provider.inventory()?, How { cold: true, ..how })?
                }
            }
        }
    };
    cold(wanted, &mut instance, &planned, &baseline, provider, how, job)?;
    Ok(planned)
}

/// Boots or changes an instance, and saves the baseline checkpoint of a new one.
fn cold(
    wanted: &Wanted,
    instance: &mut Instance,
    planned: &Planned,
    baseline: &Baseline,
    provider: &dyn Provider,
    how: How,
    job: &Job,
) -> Result<(), AppError> {
    // Written before the first change, so that whoever comes after a crash knows what this was to be.
    instance.restoring = None;
    if wanted.before.as_ref() != Some(&*instance) {
        write_down(instance, job)?;
    }
    if !planned.plan.is_empty() {
        apply_plan::apply(job, &instance.name, &planned.plan, provider, "lab up", how.keep)?;
    }
    faults::heal(job, &instance.name, provider)?;
    if planned.plan.purpose == Purpose::Fresh && !how.no_checkpoint {
        baseline.save(instance, provider, job);
    }
    Ok(())
}
