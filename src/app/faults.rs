//! Faults that are in force on an instance: the journal of them, healing them, and what a restore ends by itself.

use std::path::PathBuf;

use super::bring_up;
use super::error::AppError;
use super::job::Job;
use crate::fault::Injection;
use crate::injection::{self, Healed, Journal, heal_all};
use crate::inventory::Inventory;
use crate::model::InstanceName;
use crate::provider::Provider;
use crate::state::StateDir;

/// Where the faults in force on an instance are written down.
pub fn journal_file(state: &StateDir, name: &InstanceName) -> PathBuf {
    state.instance(name).join("heal.json")
}

/// The faults in force on an instance.
///
/// # Errors
/// When the journal cannot be read.
pub fn journal(job: &Job, name: &InstanceName) -> Result<Journal, AppError> {
    Journal::open(&journal_file(&job.state, name))
        .map_err(|error| AppError::failed("cannot read the fault journal").because(error))
}

/// The fault journal cannot be written.
pub fn unwritable(error: std::io::Error) -> AppError {
    AppError::failed("cannot update the fault journal").because(error)
}

/// Heals every fault of an instance, which must be locked, and puts right what a killed command left. Returns how many things
/// that were.
///
/// # Errors
/// When the journal cannot be read, or a fault cannot be healed.
pub fn heal(job: &Job, name: &InstanceName, provider: &dyn Provider) -> Result<usize, AppError> {
    // Nodes that were left paused would not answer to any healing.
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

/// Heals what a restore, or making all nodes again, would leave in force: faults that live on the host and not in a machine,
/// its memory or its disks.
///
/// # Errors
/// When one of them cannot be healed: the next drill would be measured under it.
pub fn heal_on_host(job: &Job, name: &InstanceName, provider: &dyn Provider) -> Result<(), AppError> {
    let mut journal = journal(job, name)?;
    // Nothing of them is left when the host died: they went with its network namespace.
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

/// Heals what is in force on an instance that stands, before a plan is made for it. What cannot be healed yet, because its node
/// does not answer, stays in the journal and is tried again when the plan was applied.
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

/// Notes that nothing is in force any more: all machines are what a checkpoint or the lab file says, and
/// [`heal_on_host`] was done before.
///
/// # Errors
/// When the journal cannot be deleted.
pub fn forget(job: &Job, name: &InstanceName) -> Result<(), AppError> {
    Journal::forget(&journal_file(&job.state, name)).map_err(unwritable)
}
