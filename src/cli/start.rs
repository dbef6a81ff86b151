//! Where a lab starts from: the checkpoint that its first `lab up` left, or nothing.

use super::context::Context;
use super::error::CliError;
use super::words::join;
use super::{perform, usage};
use crate::checkpoint::{Checkpoint, CheckpointSpec, Inputs, Kind, Store, StoreError};
use crate::instance::Instance;
use crate::model::CheckpointId;
use crate::plan;
use crate::provider::Provider;

/// The start of an instance, there or not.
pub struct Start {
    /// What it is called.
    pub id: CheckpointId,
    /// What it is made from.
    pub inputs: Inputs,
    store: Store,
}

/// What was found under a start's name.
pub enum Found {
    /// It can be restored.
    Usable(Box<Checkpoint>),
    /// It cannot, and this is why; none when the lab was never up on this machine.
    No(Option<String>),
}

impl Start {
    /// The start of what this instance is.
    ///
    /// # Errors
    /// When the machine cannot be asked what it runs guests with.
    pub fn of(instance: &Instance, provider: &dyn Provider, context: &Context) -> Result<Self, CliError> {
        let inputs = Inputs::of(&instance.lab, &instance.desired, provider.platform()?);
        let id = CheckpointId::start(&instance.lab.name, &inputs.digest());
        Ok(Self { id, inputs, store: Store::new(&context.state) })
    }

    /// Looks for it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn find(&self) -> Result<Found, CliError> {
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
    pub fn forget(&self, context: &Context) -> Result<(), CliError> {
        match self.store.lock(&self.id).map_err(bad_store)? {
            Some(_lock) if usage::users(&context.state, &self.id)?.is_empty() => {
                self.store.remove(&self.id).map_err(bad_store)
            }
            _ => Ok(()),
        }
    }

    /// Saves the instance, which has just come up, as the start. That it cannot be saved is told and no failure: the lab
    /// stands.
    pub fn save(&self, instance: &Instance, provider: &dyn Provider, context: &Context) {
        let spec = CheckpointSpec {
            id: self.id.clone(),
            kind: Kind::Start,
            note: String::new(),
            created: jiff::Timestamp::now(),
            inputs: self.inputs.clone(),
            instance: instance.clone(),
        };
        match save(spec, provider, context) {
            Ok(Saved::Kept) => {}
            Ok(Saved::Busy) => context.ui.explain("another instance is making the checkpoint of this lab"),
            Err(error) => {
                context.ui.warn("the lab stands, but there is no checkpoint to come back to");
                context.ui.error(&error);
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
pub fn save(spec: CheckpointSpec, provider: &dyn Provider, context: &Context) -> Result<Saved, CliError> {
    let store = Store::new(&context.state);
    let (id, name) = (spec.id.clone(), spec.instance.name.clone());
    let Some(_lock) = store.lock(&id).map_err(bad_store)? else {
        return Ok(Saved::Busy);
    };
    // One that is damaged is made anew.
    if store.get(&id).map_err(bad_store)?.is_some_and(|found| store.check(&found).is_ok()) {
        return Ok(Saved::Kept);
    }
    // To make it anew is to delete what is there of it, and with it the disks of whoever stands upon it.
    let users = usage::users(&context.state, &id)?;
    if !users.is_empty() {
        return Err(CliError::failed(format!("{id} is damaged, and {} stand upon it", join(&users)))
            .hint("take these down or delete these first"));
    }
    let plan = plan::save(spec, "to come back to in a moment");
    perform::plan(context, &name, &plan, provider, "lab checkpoint save", true)?;
    Ok(Saved::Kept)
}

/// The store of checkpoints cannot be used.
pub fn bad_store(error: StoreError) -> CliError {
    CliError::failed("the checkpoints cannot be used").because(error).maybe_hint(super::blame::sudo())
}
