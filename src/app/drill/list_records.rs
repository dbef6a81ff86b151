//! The records of an instance.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::records;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::model::InstanceName;
use crate::record::{self, Verdict};

/// Lists the runs of drills that an instance has records of, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ListRecords {
    /// The instance. Default: the only one.
    pub instance: Option<InstanceName>,
    /// The most of them. The verdict on each is computed from its record.
    pub limit: usize,
}

impl Default for ListRecords {
    fn default() -> Self {
        Self { instance: None, limit: 30 }
    }
}

/// A record in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RecordRow {
    /// The name of its folder.
    pub record: String,
    /// The drill.
    pub drill: String,
    /// The title of the drill.
    pub title: String,
    /// When it began.
    pub started: jiff::Timestamp,
    /// Its verdict; none if it cannot be read to the end.
    pub verdict: Option<Verdict>,
}

impl Request for ListRecords {
    type Outcome = Vec<RecordRow>;
    const NAME: &'static str = "drill records";

    fn perform(&self, job: &Job) -> Result<Vec<RecordRow>, AppError> {
        let name = records::owner(job, self.instance.as_ref())?;
        let files = record::list(&job.state.records(&name))
            .map_err(|error| AppError::failed("the records cannot be listed").because(error))?;
        // Their names begin with the time.
        Ok(files.iter().rev().filter_map(|file| row(file)).take(self.limit).collect())
    }
}

fn row(file: &Path) -> Option<RecordRow> {
    let header = record::read_header(file).ok()?;
    Some(RecordRow {
        record: file.parent()?.file_name()?.to_string_lossy().into_owned(),
        drill: header.drill.name.to_string(),
        title: header.drill.title,
        started: header.started,
        verdict: records::analysis(file).ok().map(|analysis| analysis.verdict),
    })
}
