//! `lab checkpoint verify`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::checkpoint::CheckpointStore;
use crate::model::CheckpointId;

/// Reads whole checkpoints and compares them with the recorded digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Verify {
    /// The checkpoints: `NAME`, or `LAB.NAME`.
    pub checkpoints: Vec<String>,
}

impl Request for Verify {
    type Outcome = Vec<CheckpointId>;
    const NAME: &'static str = "checkpoint verify";

    fn perform(&self, job: &Job) -> Result<Vec<CheckpointId>, AppError> {
        let store = CheckpointStore::new(&job.state);
        let mut verified = Vec::new();
        for word in &self.checkpoints {
            let checkpoint = find(word, job)?;
            let id = checkpoint.id().clone();
            store
                .verify(&checkpoint)
                .map_err(|damage| AppError::failed(format!("{id} is damaged")).because(damage))?;
            job.say(format!("{id} is what was saved"));
            verified.push(id);
        }
        Ok(verified)
    }
}
