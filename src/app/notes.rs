//! Notes of people on an instance. They go with it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::job::Job;
use super::request::{Request, Subject};
use crate::base::{text_file, write};
use crate::model::InstanceName;

/// The longest notes, in bytes.
const LONGEST: usize = 32 << 10;

/// Their file in the instance's folder.
const FILE: &str = "notes.md";

/// Reads the notes on an instance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShowNotes {
    /// The instance. Default: the only one.
    pub instance: Option<InstanceName>,
}

impl Request for ShowNotes {
    type Outcome = String;
    const NAME: &'static str = "notes";

    fn perform(&self, job: &Job) -> Result<String, AppError> {
        let name = job.choose(self.instance.as_ref())?;
        let file = job.state.instance(&name).join(FILE);
        match text_file::read(&file) {
            Ok(text) => Ok(text),
            Err(_) if !file.exists() => Ok(String::new()),
            Err(error) => Err(AppError::failed("the notes cannot be read").because(error)),
        }
    }
}

/// Replaces the notes on an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WriteNotes {
    /// The notes; empty for none.
    pub text: String,
    /// The instance. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
}

impl Request for WriteNotes {
    type Outcome = ();
    const NAME: &'static str = "notes write";

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.instance.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<(), AppError> {
        if self.text.len() > LONGEST {
            return Err(AppError::usage(format!("notes have at most {} KiB", LONGEST >> 10)));
        }
        let name = job.choose(self.instance.as_ref())?;
        write::atomically(&job.state.instance(&name).join(FILE), self.text.as_bytes())
            .map_err(|error| AppError::failed("the notes cannot be written").because(error))
    }
}
