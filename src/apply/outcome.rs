//! The outcome of applying a plan.

use std::time::Duration;

use crate::plan::{Action, StepId};
use crate::work::ProviderError;

/// A plan that was completely applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// The number of steps.
    pub steps: usize,
    /// The duration.
    pub elapsed: Duration,
}

/// A step that failed.
#[derive(Debug)]
pub struct StepFailure {
    /// The step.
    pub id: StepId,
    /// Its action.
    pub action: Action,
    /// The cause.
    pub error: ProviderError,
}

/// A completed step that could not be undone.
#[derive(Debug)]
pub struct UndoFailure {
    /// The step.
    pub id: StepId,
    /// The action that should have undone it.
    pub action: Action,
    /// The cause.
    pub error: ProviderError,
}

/// The state after an unfinished run.
#[derive(Debug)]
pub enum Aftermath {
    /// Every step of this run was undone.
    Unwound,
    /// Some steps could not be undone: `lab down` tries again.
    UnwindFailed(Vec<UndoFailure>),
    /// Created objects were kept, because the lab existed before or the user requested it. These steps were
    /// not done; the next `lab up` continues with them.
    Left(Vec<StepId>),
}

/// Why a plan was not completely applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Steps failed: the first is the cause, others may have failed before all stopped.
    #[error("{}", failed(.failures))]
    Failed {
        /// In the order in which they failed; at least one.
        failures: Vec<StepFailure>,
        /// The state afterwards.
        aftermath: Aftermath,
    },
    /// The user cancelled.
    #[error("cancelled")]
    Cancelled {
        /// The state afterwards.
        aftermath: Aftermath,
    },
    /// The journal could not be written; the step that it should have recorded was not started.
    #[error("the journal cannot be written")]
    Journal {
        /// The cause.
        #[source]
        source: std::io::Error,
        /// The state afterwards.
        aftermath: Aftermath,
    },
}

fn failed(failures: &[StepFailure]) -> String {
    let each: Vec<String> = failures.iter().map(|failure| failure.action.to_string()).collect();
    format!("could not {}", each.join(", "))
}
