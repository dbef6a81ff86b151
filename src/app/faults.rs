//! Faults that are in force on an instance: their journal, healing them, and those that a restore ends.

use std::path::PathBuf;

use super::bring_up;
use super::error::AppError;
use super::job::Job;
use crate::fault::Injection;
use crate::injection::{self, FaultJournal, Healed, heal_all};
use crate::inventory::Inventory;
use crate::model::InstanceName;
use crate::provider::Provider;
use crate::state::StateDir;

/// The journal of the faults in force on an instance.
pub fn journal_file(state: &StateDir, name: &InstanceName) -> PathBuf {
    state.instance(name).join("heal.json")
}

/// The faults in force on an instance.
///
/// # Errors
/// When the journal cannot be read.
pub fn journal(job: &Job, name: &InstanceName) -> Result<FaultJournal, AppError> {
    FaultJournal::open(&journal_file(&job.state, name))
        .map_err(|error| AppError::failed("cannot read the fault journal").because(error))
}

/// The fault journal cannot be written.
pub fn unwritable(error: std::io::Error) -> AppError {
    AppError::failed("cannot update the fault journal").because(error)
}

/// Heals every fault of an instance, which must be locked, and repairs what a killed command left. Returns
/// the number of things that were healed or repaired.
///
/// # Errors
/// When the journal cannot be read, or a fault cannot be healed.
pub fn heal(job: &Job, name: &InstanceName, provider: &dyn Provider) -> Result<usize, AppError> {
    // Nodes that were left paused would not respond to healing.
    let settled = bring_up::settle(provider, job)?;
    let mut journal = journal(job, name)?;
    let healed = heal_all(provider, &mut journal);
    let count = healed.len() + usize::from(settled);
    for Healed { injection, result } in healed {
        let seen = result.map_err(|error| unhealed(&injection, error))?;
        job.say(format!("healed {injection}: {seen}"));
    }
    Ok(count)
}

/// A fault that cannot be healed.
pub fn unhealed(injection: &Injection, error: injection::InjectionError) -> AppError {
    AppError::failed(format!("{injection} cannot be healed")).because(error)
}

/// Heals the faults that a restore, or making all nodes again, would leave in force: those of the host, as
/// opposed to those of a machine, its memory or its disks.
///
/// # Errors
/// When one of them cannot be healed, because it would distort the next drill.
pub fn heal_on_host(job: &Job, name: &InstanceName, provider: &dyn Provider) -> Result<(), AppError> {
    let mut journal = journal(job, name)?;
    // If the host died, they are gone with its network namespace.
    if journal.active().is_empty() || !host_lives(&provider.inventory()?) {
        return Ok(());
    }
    for entry in journal.active().to_vec().into_iter().rev() {
        let injection = entry.injection;
        if injection.mechanism.lives_on_host() {
            let seen = injection::heal(provider, &injection, &mut || {})
                .map_err(|error| unhealed(&injection, error))?;
            journal.end(&injection.id).map_err(unwritable)?;
            job.say(format!("healed {injection}: {seen}"));
        }
    }
    Ok(())
}

/// Heals the faults in force on an existing instance, before a plan is made for it. A fault that cannot be
/// healed yet, because its node does not answer, stays in the journal and is tried again after the plan.
///
/// # Errors
/// When the host cannot be asked, or the journal cannot be read or written.
pub fn heal_before_planning(
    job: &Job,
    name: &InstanceName,
    provider: &dyn Provider,
) -> Result<Inventory, AppError> {
    let inventory = provider.inventory()?;
    let mut journal = journal(job, name)?;
    if journal.active().is_empty() {
        return Ok(inventory);
    }
    if !host_lives(&inventory) {
        forget(job, name)?;
        return Ok(inventory);
    }
    for Healed { injection, result } in heal_all(provider, &mut journal) {
        match result {
            Ok(seen) => job.say(format!("healed {injection}: {seen}")),
            Err(error) => job.warn(format!("{}; it is tried again", unhealed(&injection, error).line())),
        }
    }
    Ok(provider.inventory()?)
}

fn host_lives(inventory: &Inventory) -> bool {
    inventory.host.as_ref().is_some_and(|host| host.alive)
}

/// Records that no fault is in force any more: all machines are in the state of a checkpoint or of the lab
/// file, and [`heal_on_host`] was called before.
///
/// # Errors
/// When the journal cannot be deleted.
pub fn forget(job: &Job, name: &InstanceName) -> Result<(), AppError> {
    FaultJournal::forget(&journal_file(&job.state, name)).map_err(unwritable)
}
