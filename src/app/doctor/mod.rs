//! What the machine has and lacks, found by asking it: each finding is one line of `lab doctor`.

mod machine;
mod tools;

use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::job::Job;
use super::request::Request;

use crate::state::StateDir;

/// How good a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// As it should be.
    Good,
    /// Works, with a limit worth knowing.
    Poor,
    /// Nothing runs without it.
    Missing,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What.
    pub what: String,
    /// How it stands.
    pub standing: Standing,
    /// What was found.
    pub found: String,
    /// What to do about it.
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

/// Asks what this machine has and lacks for running labs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Doctor {}

impl Request for Doctor {
    type Outcome = Vec<Finding>;
    const NAME: &'static str = "doctor";

    fn perform(&self, job: &Job) -> Result<Vec<Finding>, AppError> {
        Ok(examine(&job.state))
    }
}

/// Looks at everything.
fn examine(state: &StateDir) -> Vec<Finding> {
    let mut findings = vec![machine::root(), machine::processors(), machine::acceleration()];
    findings.extend(machine::figures(state));
    findings.extend(tools::all());
    findings
}
