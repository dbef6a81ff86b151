//! `lab checkpoint restore`

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::find;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::app::{bring_up, provider};
use crate::apply::InstanceLock;
use crate::catalog::Catalog;
use crate::checkpoint::{Checkpoint, CheckpointStore, Inputs};
use crate::instance::Instance;
use crate::model::{CheckpointId, InstanceName};
use crate::plan;
use crate::provider::Provider;

/// Restores a saved state. The present state of the instance is lost; if there is no instance of the lab, one
/// is created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
        provider::needs_root(job, &name)?;
        let _lock = InstanceLock::acquire(&job.state, &name, "lab checkpoint restore")?;
        let saved = &checkpoint.spec.instance;
        let provider = provider::open(job, &name, saved.accel, Catalog::of_state(&job.state))?;
        usable(&checkpoint, provider.as_ref(), job)?;
        bring_up::settle(provider.as_ref(), job)?;
        let plan = plan::restore(&checkpoint, &provider.inventory()?)?;
        let before = Instance::load(&job.state, &name).ok().flatten();
        let created = before.map_or_else(jiff::Timestamp::now, |before| before.created);
        let mut instance = Instance { name: name.clone(), created, ..saved.clone() };
        let provider = provider.as_ref();
        bring_up::restore(&mut instance, &plan, &checkpoint, provider, "lab checkpoint restore", job)?;
        Ok(Restored { instance: name, checkpoint: checkpoint.id().clone(), took: begin.elapsed() })
    }
}

/// The instance to restore into: the named one, the only one of its lab, or a new one.
fn target(request: &Restore, checkpoint: &Checkpoint, job: &Job) -> Result<InstanceName, AppError> {
    if let Some(name) = &request.instance {
        return Ok(name.clone());
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
