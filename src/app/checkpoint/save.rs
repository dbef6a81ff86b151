//! `lab checkpoint save`

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::baseline::{self, bad_store};
use crate::app::error::{AppError, ErrorKind};
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::app::request::{Request, Subject};
use crate::checkpoint::{CheckpointSpec, CheckpointStore, Inputs, Kind};
use crate::model::{CheckpointId, CheckpointName, InstanceName};

/// Saves the present state of a lab under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Save {
    /// The name of the checkpoint.
    pub name: CheckpointName,
    /// A note for the list of checkpoints.
    #[serde(default)]
    pub note: String,
    /// The instance. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
}

/// The result of a save.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// The checkpoint.
    pub checkpoint: CheckpointId,
    /// How long it took.
    pub took: Duration,
}

impl Request for Save {
    type Outcome = Saved;
    const NAME: &'static str = "checkpoint save";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.instance.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<Saved, AppError> {
        let begin = Instant::now();
        let name = job.choose(self.instance.as_ref())?;
        let Locked { instance, provider, .. } = &Locked::acquire(job, &name, "lab checkpoint save")?;
        let id = CheckpointId::named(&instance.lab.name, &self.name)
            .map_err(|error| AppError::usage(format!("`{}` cannot be the name", self.name)).because(error))?;
        if CheckpointStore::new(&job.state).get(&id).map_err(bad_store)?.is_some() {
            return Err(AppError::failed(format!("{id} is there already"))
                .hint(format!("choose another name, or delete it with `lab checkpoint rm {}`", self.name)));
        }
        let inputs = Inputs::of(&instance.lab, &instance.desired, provider.platform()?);
        let (created, note) = (jiff::Timestamp::now(), self.note.clone());
        let spec = CheckpointSpec {
            id: id.clone(),
            kind: Kind::Named,
            note,
            created,
            inputs,
            instance: instance.clone(),
        };
        if baseline::save(spec, provider.as_ref(), job)? == baseline::Saved::Busy {
            return Err(AppError::new(
                ErrorKind::Busy,
                format!("another command is at work on {}", self.name),
            ));
        }
        Ok(Saved { checkpoint: id, took: begin.elapsed() })
    }
}
