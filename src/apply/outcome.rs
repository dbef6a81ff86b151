//! How applying a plan ended.

use std::time::Duration;

use crate::plan::{Action, StepId};
use crate::work::ProviderError;

/// A plan that was applied to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// How many steps were done.
    pub steps: usize,
    /// How long it took.
    pub elapsed: Duration,
}

/// A step that failed.
#[derive(Debug)]
pub struct StepFailure {
    /// The step.
    pub id: StepId,
    /// What it was to do.
    pub action: Action,
    /// Why it was not done.
    pub error: ProviderError,
}

/// A step that was done and could not be taken back.
#[derive(Debug)]
pub struct UndoFailure {
    /// The step.
    pub id: StepId,
    /// What was to take it back.
    pub action: Action,
    /// Why it did not.
    pub error: ProviderError,
}

/// What was left of a run that did not get to its end.
#[derive(Debug)]
pub enum Aftermath {
    /// Everything that this run made was taken back.
    Unwound,
    /// Not everything could be taken back: `lab down` tries again.
    UnwindFailed(Vec<UndoFailure>),
    /// What was made is left as it is, because the lab stood before or the user asked for it. These steps were
    /// not done; the next `lab up` goes on with them.
    Left(Vec<StepId>),
}

/// Why a plan was not applied to its end.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Steps failed: the first one is the cause, others failed while it was noticed.
    #[error("{}", failed(.failures))]
    Failed {
        /// In the order in which they failed; at least one.
        failures: Vec<StepFailure>,
        /// What was left.
        aftermath: Aftermath,
    },
    /// The user asked to stop.
    #[error("cancelled")]
    Cancelled {
        /// What was left.
        aftermath: Aftermath,
    },
    /// The journal could not be written. What it should have noted was not begun.
    #[error("the journal cannot be written")]
    Journal {
        /// Why.
        #[source]
        source: std::io::Error,
        /// What was left.
        aftermath: Aftermath,
    },
}

fn failed(failures: &[StepFailure]) -> String {
    let each: Vec<String> = failures.iter().map(|failure| failure.action.to_string()).collect();
    format!("could not {}", each.join(", "))
}
