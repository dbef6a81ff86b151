//! Brings an instance up: restores its baseline checkpoint, or boots it and saves one.

use std::sync::atomic::AtomicBool;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::apply_plan;
use super::baseline::{Baseline, Found, bad_store};
use super::checkpoint;
use super::error::{AppError, ErrorKind};
use super::faults;
use super::job::Job;
use super::wanted::WantedLab;
use crate::apply::ApplyError;
use crate::checkpoint::{Checkpoint, CheckpointStore};
use crate::instance::Instance;
use crate::inventory::Inventory;
use crate::plan::{self, Action, Plan, Purpose, UpOptions};
use crate::provider::Provider;
use crate::work;
use crate::work::ProviderError;

/// How an instance comes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
pub struct How {
    /// Boot it, even if there is a checkpoint.
    pub cold: bool,
    /// Save no checkpoint of it.
    pub no_checkpoint: bool,
    /// On a failure, keep what was made.
    pub keep: bool,
}

/// The plan, and what it starts from.
pub struct Planned {
    /// The steps.
    pub plan: Plan,
    /// The checkpoint that it restores, if any.
    pub from: Option<Box<Checkpoint>>,
    /// Why it restores none although the lab was up on this machine before.
    pub cold_because: Option<String>,
}

/// The plan for an instance, given the parts of it that exist.
///
/// # Errors
/// When the plan is refused, or the checkpoints cannot be read.
pub fn plan(
    wanted: &WantedLab,
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
            // The remains of an interrupted restore belong neither to the old state nor to the new one.
            let plan = if interrupted {
                from_nothing(&wanted.desired, inventory)?
            } else {
                wanted.plan(inventory)?
            };
            Ok(Planned { plan, from: None, cold_because })
        }
    }
}

/// The plan that makes all nodes again, regardless of their present state.
///
/// # Errors
/// When the plan is refused.
pub fn from_nothing(desired: &crate::desired::Desired, inventory: &Inventory) -> Result<Plan, AppError> {
    let recreate = desired.nodes.iter().map(|node| node.name.clone()).collect();
    Ok(plan::up(desired, inventory, &UpOptions { recreate })?)
}

/// Repairs what a killed command left, and reports it. Returns whether there was anything to repair.
///
/// # Errors
/// When the repair fails.
pub fn settle(provider: &dyn Provider, job: &Job) -> Result<bool, AppError> {
    let quiet = work::Context { progress: &|_| {}, cancel: &AtomicBool::new(false) };
    let told = provider.settle(&quiet)?;
    told.iter().for_each(|told| job.say(told));
    Ok(told.is_some())
}

/// Maximum number of attempts to restore a lab whose cluster is unhealthy afterwards.
const RESTORES: usize = 3;

/// Restores an instance, which must be locked, by the given plan.
///
/// If this machine stalls for longer than the cluster's timeout at the moment at which its guests resume, the
/// nodes declare each other dead. That is a fault of the machine and not of the checkpoint, so the restore is
/// repeated.
///
/// # Errors
/// When a step fails or the user cancels it: then the next `lab up` or `lab reset` restores it again.
pub fn restore(
    instance: &mut Instance,
    plan: &Plan,
    from: &Checkpoint,
    provider: &dyn Provider,
    command: &str,
    job: &Job,
) -> Result<(), AppError> {
    // The lock keeps other processes from deleting the checkpoint, and with it the disks of the guests.
    let Some(_kept) = CheckpointStore::new(&job.state).lock_shared(from.id()).map_err(bad_store)? else {
        return Err(AppError::new(
            ErrorKind::Busy,
            format!("another command makes or deletes {}", from.id()),
        ));
    };
    if CheckpointStore::new(&job.state).get(from.id()).map_err(bad_store)?.is_none() {
        return Err(AppError::failed(format!("{} was deleted by another command", from.id())));
    }
    // Once a machine runs, its memory needs no name any more.
    let _memories = checkpoint::ready(from.id(), job)?;
    faults::heal_on_host(job, &instance.name, provider)?;
    instance.restoring = Some(from.id().clone());
    write_down(instance, job)?;
    let mut again;
    let mut plan = plan;
    let mut waited = false;
    for left in (0..RESTORES).rev() {
        match apply_plan::attempt(job, &instance.name, plan, provider, command)? {
            Ok(_) => break,
            // A second failure after the whole time of a check is hardly due to chance.
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

/// Whether all machines run, but a service on them is not healthy.
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

/// Brings an instance, which must be locked, to its wanted state. `announce` receives the plan before it is
/// applied.
///
/// # Errors
/// When a step fails or the user stops it.
pub fn bring_up(
    wanted: &WantedLab,
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
                // A baseline that cannot be restored is deleted, unless other instances depend on it.
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
    wanted: &WantedLab,
    instance: &mut Instance,
    planned: &Planned,
    baseline: &Baseline,
    provider: &dyn Provider,
    how: How,
    job: &Job,
) -> Result<(), AppError> {
    // Written before the first change, so that after a crash the next command knows the wanted state.
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
