//! `lab checkpoint rm`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find;
use crate::app::baseline::bad_store;
use crate::app::error::{AppError, ErrorKind};
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::app::usage;
use crate::base::words::join;
use crate::checkpoint::CheckpointStore;
use crate::model::CheckpointId;

/// Deletes checkpoints, except those that instances or other checkpoints depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Remove {
    /// The checkpoints: `NAME`, or `LAB.NAME`.
    pub checkpoints: Vec<String>,
}

impl Request for Remove {
    type Outcome = Vec<CheckpointId>;
    const NAME: &'static str = "checkpoint rm";

    fn changes(&self) -> Option<Subject> {
        Some(Subject::named(&self.checkpoints))
    }

    fn perform(&self, job: &Job) -> Result<Vec<CheckpointId>, AppError> {
        let store = CheckpointStore::new(&job.state);
        let mut removed = Vec::new();
        for word in &self.checkpoints {
            let checkpoint = find(word, job)?;
            let id = checkpoint.id();
            let Some(_lock) = store.lock(id).map_err(bad_store)? else {
                return Err(AppError::new(ErrorKind::Busy, format!("another command is at work on {id}")));
            };
            let users = usage::users(&job.state, id)?;
            if !users.is_empty() {
                return Err(AppError::failed(format!("{id} is in use: {} depend on it", join(&users)))
                    .hint("take these down or delete these first"));
            }
            store.remove(id).map_err(bad_store)?;
            job.say(format!("{id} is deleted"));
            removed.push(id.clone());
        }
        Ok(removed)
    }
}
