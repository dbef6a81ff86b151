//! The abilities of this machine: each finding is one line of `lab doctor`.

mod machine;
mod tools;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::job::Job;
use super::request::Request;

use crate::guest;
use crate::state::StateDir;

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// As it should be.
    Good,
    /// It works, with a limitation.
    Poor,
    /// Required, and missing.
    Missing,
}

/// One property that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The property.
    pub what: String,
    /// Its severity.
    pub standing: Standing,
    /// The value that was found.
    pub found: String,
    /// Advice.
    pub advice: Option<String>,
}

impl Finding {
    fn good(what: &str, found: impl Into<String>) -> Self {
        Self { what: what.to_owned(), standing: Standing::Good, found: found.into(), advice: None }
    }

    fn poor(what: &str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { standing: Standing::Poor, advice: Some(advice.into()), ..Self::good(what, found) }
    }

    fn missing(what: &str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { standing: Standing::Missing, advice: Some(advice.into()), ..Self::good(what, found) }
    }
}

/// Checks what this machine has and lacks for running labs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Doctor {}

impl Request for Doctor {
    type Outcome = Vec<Finding>;
    const NAME: &'static str = "doctor";

    fn perform(&self, job: &Job) -> Result<Vec<Finding>, AppError> {
        Ok(examine(&job.state))
    }
}

/// Performs all checks.
fn examine(state: &StateDir) -> Vec<Finding> {
    let mut findings =
        vec![machine::root(), machine::processors(), machine::acceleration(), machine::limits()];
    findings.extend(machine::rules());
    findings.extend(machine::figures(state));
    findings.extend(tools::all());
    findings.extend(guest::libraries().map(|(what, version)| Finding::good(what, version)));
    findings
}
