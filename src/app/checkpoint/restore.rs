//! `lab checkpoint restore`

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find;
use crate::app::error::AppError;
use crate::app::instances::wanted_name;
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::app::request::{Request, Subject};
use crate::app::{bring_up, provider};
use crate::apply::InstanceLock;
use crate::catalog::Catalog;
use crate::checkpoint::{Checkpoint, CheckpointStore, Inputs, MemoryError, Ready};
use crate::instance::Instance;
use crate::model::{CheckpointId, InstanceName};
use crate::plan;
use crate::provider::Provider;

/// Restores a saved state. The present state of the instance is lost; if there is no instance of the lab, one
/// is created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Restore {
    /// The checkpoint: `NAME`, or `LAB.NAME`.
    pub checkpoint: String,
    /// The instance. Default: the only instance of the lab, or a new one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Restored {
    /// The instance.
    pub instance: InstanceName,
    /// The checkpoint.
    pub checkpoint: CheckpointId,
    /// How long it took.
    pub took: Duration,
}

impl Request for Restore {
    type Outcome = Restored;
    const NAME: &'static str = "checkpoint restore";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.instance.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<Restored, AppError> {
        let begin = Instant::now();
        let checkpoint = find(&self.checkpoint, job)?;
        let name = target(self, &checkpoint, job)?;
        restored(&checkpoint, &name, "lab checkpoint restore", job)?;
        Ok(Restored { instance: name, checkpoint: checkpoint.id().clone(), took: begin.elapsed() })
    }
}

/// Restores a saved state as an instance, new or existing, and keeps it locked.
///
/// # Errors
/// When the instance is busy, the checkpoint does not fit this machine, or a step fails.
pub fn restored(
    checkpoint: &Checkpoint,
    name: &InstanceName,
    command: &str,
    job: &Job,
) -> Result<Locked, AppError> {
    provider::needs_root(job, name)?;
    let lock = InstanceLock::acquire(&job.state, name, command)?;
    let saved = &checkpoint.spec.instance;
    let before = Instance::load(&job.state, name).ok().flatten();
    let created = before.map_or_else(jiff::Timestamp::now, |before| before.created);
    let instance = Instance { name: name.clone(), created, ..saved.clone() };
    let provider = provider::open(job, name, saved.accel, Catalog::of_state(&job.state))?;
    let mut locked = Locked::of(lock, instance, provider);
    put_back(checkpoint, &mut locked, command, job)?;
    Ok(locked)
}

/// Puts an instance, which is locked, back to a saved state.
///
/// # Errors
/// When the checkpoint does not fit this machine, or a step fails.
pub fn put_back(
    checkpoint: &Checkpoint,
    locked: &mut Locked,
    command: &str,
    job: &Job,
) -> Result<(), AppError> {
    let Locked { instance, provider, .. } = locked;
    let provider = provider.as_ref();
    usable(checkpoint, provider, job)?;
    bring_up::settle(provider, job)?;
    let plan = plan::restore(checkpoint, &provider.inventory()?)?;
    bring_up::restore(instance, &plan, checkpoint, provider, command, job)
}

/// Makes the memories of a checkpoint ready for as many restores as happen while the result exists: packed
/// ones are unpacked only once.
///
/// # Errors
/// When one is gone or damaged, the disk is full, or the operation is cancelled.
pub fn ready(id: &CheckpointId, job: &Job) -> Result<Ready, AppError> {
    let waiting = || job.say(format!("{id} is being packed; it is restored in a moment"));
    CheckpointStore::new(&job.state).ready(id, job.cancel(), waiting).map_err(|error| match error {
        MemoryError::Cancelled => AppError::stopped(),
        error => AppError::failed(format!("{id} cannot be restored")).because(error),
    })
}

/// The instance to restore into: the named one, the only one of its lab, or a new one.
fn target(request: &Restore, checkpoint: &Checkpoint, job: &Job) -> Result<InstanceName, AppError> {
    if let Some(name) = &request.instance {
        return wanted_name(name.clone());
    }
    let lab = checkpoint.id().lab();
    let of_lab = |name: &InstanceName| {
        Instance::load(&job.state, name).is_ok_and(|found| found.is_some_and(|found| found.lab.name == *lab))
    };
    let names: Vec<InstanceName> = job.instances()?.into_iter().filter(of_lab).collect();
    match names.as_slice() {
        [only] => Ok(only.clone()),
        [] => Ok(checkpoint.spec.instance.name.clone()),
        several => Err(AppError::usage(format!(
            "there are several instances of {lab}: {}",
            crate::base::words::join(several)
        ))
        .hint("choose one with `--lab INSTANCE`")),
    }
}

/// Refuses a checkpoint that does not fit this machine.
fn usable(checkpoint: &Checkpoint, provider: &dyn Provider, job: &Job) -> Result<(), AppError> {
    let id = checkpoint.id();
    CheckpointStore::new(&job.state)
        .trust(checkpoint)
        .map_err(|damage| AppError::failed(format!("{id} cannot be restored")).because(damage))?;
    let now = Inputs { platform: provider.platform()?, ..checkpoint.spec.inputs.clone() };
    let differences = now.differences(&checkpoint.spec.inputs);
    if differences.is_empty() {
        return Ok(());
    }
    Err(AppError::failed(format!("{id} was saved on another platform: {}", differences.join("; ")))
        .hint("a saved memory can only be restored on the platform that saved it"))
}
