//! `lab finish`: ends an attempt.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attempt::Ongoing;
use super::save;
use super::score::{CurrentScore, current};
use crate::app::baseline::bad_store;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::app::usage;
use crate::checkpoint::CheckpointStore;
use crate::exercise::log::Event;
use crate::model::{CheckpointId, InstanceName};

/// Ends the attempt on an instance. The instance goes on as it is; save points on which it does not stand are
/// deleted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Finish {
    /// The instance. Default: the only one with an exercise.
    pub instance: Option<InstanceName>,
}

impl Request for Finish {
    type Outcome = CurrentScore;
    const NAME: &'static str = "finish";

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.instance.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<CurrentScore, AppError> {
        let mut ongoing = Ongoing::of(job, self.instance.as_ref())?;
        let names = save::names(ongoing.lines()).into_iter();
        let saved: Vec<CheckpointId> =
            names.map(|name| save::id(&ongoing, name)).collect::<Result<_, _>>()?;
        ongoing.note(Event::Finished)?;
        let store = CheckpointStore::new(&job.state);
        for id in saved {
            if usage::users(&job.state, &id)?.is_empty()
                && let Some(_lock) = store.lock(&id).map_err(bad_store)?
            {
                store.remove(&id).map_err(bad_store)?;
            }
        }
        current(job, &ongoing.instance)
    }
}
