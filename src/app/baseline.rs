//! The baseline checkpoint of a lab: the one that its first `lab up` saves, and that `lab reset` and every
//! drill start from.

use super::error::AppError;
use super::job::Job;
use super::{apply_plan, usage};
use crate::base::words::join;
use crate::checkpoint::{Checkpoint, CheckpointSpec, CheckpointStore, Damage, Inputs, Kind, StoreError};
use crate::instance::Instance;
use crate::model::{CheckpointId, InstanceName};
use crate::plan;
use crate::provider::Provider;

/// The baseline of an instance, whether it exists or not.
pub struct Baseline {
    /// Its name.
    pub id: CheckpointId,
    /// The inputs that it is made from.
    pub inputs: Inputs,
    store: CheckpointStore,
}

/// The result of looking for a baseline.
pub enum Found {
    /// It can be restored.
    Usable(Box<Checkpoint>),
    /// It cannot be restored, and why; without a reason if the lab was never up on this machine.
    No(Option<String>),
}

impl Baseline {
    /// The baseline of the present description of an instance.
    ///
    /// # Errors
    /// When the machine cannot be asked which software runs guests.
    pub fn of(instance: &Instance, provider: &dyn Provider, job: &Job) -> Result<Self, AppError> {
        let inputs = Inputs::of(&instance.lab, &instance.desired, provider.platform()?);
        let id = CheckpointId::start(&instance.lab.name, &inputs.digest());
        Ok(Self { id, inputs, store: CheckpointStore::new(&job.state) })
    }

    /// Looks for the baseline, in order to restore it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn find(&self) -> Result<Found, AppError> {
        self.found(CheckpointStore::trust)
    }

    /// Looks for the baseline, without reading its files.
    ///
    /// # Errors
    /// The same.
    pub fn look(&self) -> Result<Found, AppError> {
        self.found(CheckpointStore::check)
    }

    fn found(
        &self,
        check: impl Fn(&CheckpointStore, &Checkpoint) -> Result<(), Damage>,
    ) -> Result<Found, AppError> {
        if let Some(checkpoint) = self.store.get(&self.id).map_err(bad_store)? {
            return match check(&self.store, &checkpoint) {
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

    /// Deletes the baseline, unless other instances depend on it: it may still be usable for them.
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

    /// Saves the instance, which has just come up, as its baseline. A failure is only a warning, because the
    /// lab itself is up.
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
                job.warn("the lab is up, but it has no checkpoint to restore");
                job.problem(&error);
            }
        }
    }
}

/// The result of a save that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// The checkpoint exists.
    Kept,
    /// Another process is working on the same checkpoint; nothing was done.
    Busy,
}

/// Saves an instance, which must be locked.
///
/// # Errors
/// When the save fails: then the instance continues as it was.
pub fn save(spec: CheckpointSpec, provider: &dyn Provider, job: &Job) -> Result<Saved, AppError> {
    let name = spec.instance.name.clone();
    save_from(spec, &name, provider, job)
}

/// Saves another instance, which must be locked, in place of the one of the checkpoint.
///
/// # Errors
/// As [`save`].
pub fn save_from(
    spec: CheckpointSpec,
    name: &InstanceName,
    provider: &dyn Provider,
    job: &Job,
) -> Result<Saved, AppError> {
    let store = CheckpointStore::new(&job.state);
    let id = spec.id.clone();
    let Some(_lock) = store.lock(&id).map_err(bad_store)? else {
        return Ok(Saved::Busy);
    };
    // A damaged checkpoint is made again.
    if store.get(&id).map_err(bad_store)?.is_some_and(|found| store.check(&found).is_ok()) {
        return Ok(Saved::Kept);
    }
    // Making it again deletes its present files, and with them the disks of the instances that depend on it.
    let users = usage::users(&job.state, &id)?;
    if !users.is_empty() {
        return Err(AppError::failed(format!("{id} is damaged, and {} depend on it", join(&users)))
            .hint("take these down or delete these first"));
    }
    let plan = plan::save(spec, "to come back to in a moment");
    apply_plan::apply(job, name, &plan, provider, "lab checkpoint save", true)?;
    Ok(Saved::Kept)
}

/// The store of checkpoints cannot be used.
pub fn bad_store(error: StoreError) -> AppError {
    AppError::failed("the checkpoints cannot be used").because(error).maybe_hint(super::explain::sudo())
}
