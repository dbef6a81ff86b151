//! The baseline checkpoint of a lab: the one that its first `lab up` saves, and that `lab reset` and every drill start from.

use super::error::AppError;
use super::job::Job;
use super::{apply_plan, usage};
use crate::base::words::join;
use crate::checkpoint::{Checkpoint, CheckpointSpec, Inputs, Kind, Store, StoreError};
use crate::instance::Instance;
use crate::model::CheckpointId;
use crate::plan;
use crate::provider::Provider;

/// The baseline of an instance, there or not.
pub struct Baseline {
    /// What it is called.
    pub id: CheckpointId,
    /// What it is made from.
    pub inputs: Inputs,
    store: Store,
}

/// What was found under a baseline's name.
pub enum Found {
    /// It can be restored.
    Usable(Box<Checkpoint>),
    /// It cannot, and this is why; none when the lab was never up on this machine.
    No(Option<String>),
}

impl Baseline {
    /// The baseline of what this instance is.
    ///
    /// # Errors
    /// When the machine cannot be asked what it runs guests with.
    pub fn of(instance: &Instance, provider: &dyn Provider, job: &Job) -> Result<Self, AppError> {
        let inputs = Inputs::of(&instance.lab, &instance.desired, provider.platform()?);
        let id = CheckpointId::start(&instance.lab.name, &inputs.digest());
        Ok(Self { id, inputs, store: Store::new(&job.state) })
    }

    /// Looks for it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn find(&self) -> Result<Found, AppError> {
        if let Some(checkpoint) = self.store.get(&self.id).map_err(bad_store)? {
            return match self.store.check(&checkpoint) {
                Ok(()) => Ok(Found::Usable(Box::new(checkpoint))),
                Err(damage) => Ok(Found::No(Some(format!("its checkpoint cannot be used: {damage}")))),
            };
        }
        let latest = self.store.latest_start(self.id.lab()).map_err(bad_store)?;
        Ok(Found::No(latest.map(|earlier| {
            let differences = self.inputs.differences(&earlier.spec.inputs);
            format!("its checkpoint is of another state: {}", differences.join("; "))
        })))
    }

    /// Deletes it, unless other instances stand upon it: what failed here may well work for them.
    ///
    /// # Errors
    /// When it cannot be deleted.
    pub fn forget(&self, job: &Job) -> Result<(), AppError> {
        match self.store.lock(&self.id).map_err(bad_store)? {
            Some(_lock) if usage::users(&job.state, &self.id)?.is_empty() => {
                self.store.remove(&self.id).map_err(bad_store)
            }
            _ => Ok(()),
        }
    }

    /// Saves the instance, which has just come up, as its baseline. A save that fails is a warning: the lab stands.
    pub fn save(&self, instance: &Instance, provider: &dyn Provider, job: &Job) {
        let spec = CheckpointSpec {
            id: self.id.clone(),
            kind: Kind::Start,
            note: String::new(),
            created: jiff::Timestamp::now(),
            inputs: self.inputs.clone(),
            instance: instance.clone(),
        };
        match save(spec, provider, job) {
            Ok(Saved::Kept) => {}
            Ok(Saved::Busy) => job.explain("another instance is making the checkpoint of this lab"),
            Err(error) => {
                job.warn("the lab stands, but there is no checkpoint to come back to");
                job.problem(&error);
            }
        }
    }
}

/// How a save ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// The checkpoint is there.
    Kept,
    /// Another process is at work on the same checkpoint; nothing was done.
    Busy,
}

/// Saves an instance, which must be locked.
///
/// # Errors
/// When the save fails: then the instance goes on as it was.
pub fn save(spec: CheckpointSpec, provider: &dyn Provider, job: &Job) -> Result<Saved, AppError> {
    let store = Store::new(&job.state);
    let (id, name) = (spec.id.clone(), spec.instance.name.clone());
    let Some(_lock) = store.lock(&id).map_err(bad_store)? else {
        return Ok(Saved::Busy);
    };
    // One that is damaged is made anew.
    if store.get(&id).map_err(bad_store)?.is_some_and(|found| store.check(&found).is_ok()) {
        return Ok(Saved::Kept);
    }
    // To make it anew is to delete what is there of it, and with it the disks of whoever stands upon it.
    let users = usage::users(&job.state, &id)?;
    if !users.is_empty() {
        return Err(AppError::failed(format!("{id} is damaged, and {} stand upon it", join(&users)))
            .hint("take these down or delete these first"));
    }
    let plan = plan::save(spec, "to come back to in a moment");
    apply_plan::apply(job, &name, &plan, provider, "lab checkpoint save", true)?;
    Ok(Saved::Kept)
}

/// The store of checkpoints cannot be used.
pub fn bad_store(error: StoreError) -> AppError {
    AppError::failed("the checkpoints cannot be used").because(error).maybe_hint(super::explain::sudo())
}
