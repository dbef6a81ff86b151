//! What happens while a plan is applied: the seam between the engine and every output.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::plan::{Action, Plan, StepId};
use crate::work::Progress;

/// One thing that happened. Events come in order, from one thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The plan is about to be applied.
    PlanStarted {
        /// All of it.
        plan: Plan,
    },
    /// A step began: all that it needs is done.
    StepStarted {
        /// The step.
        id: StepId,
    },
    /// A step that runs got further.
    StepProgress {
        /// The step.
        id: StepId,
        /// How far it is.
        progress: Progress,
    },
    /// A step is done.
    StepFinished {
        /// The step.
        id: StepId,
        /// How long it took.
        elapsed: Duration,
    },
    /// A step failed, or was cancelled while it ran.
    StepFailed {
        /// The step.
        id: StepId,
        /// The error and its sources, outermost first.
        error: Vec<String>,
        /// How long it took.
        elapsed: Duration,
    },
    /// A step will not be begun.
    StepSkipped {
        /// The step.
        id: StepId,
    },
    /// What this run made is about to be taken back.
    Unwinding {
        /// How many steps are taken back.
        steps: usize,
    },
    /// A step was taken back.
    Undone {
        /// The step.
        id: StepId,
        /// By what.
        action: Action,
    },
    /// A step could not be taken back; the others are still tried.
    UndoFailed {
        /// The step.
        id: StepId,
        /// By what it was tried.
        action: Action,
        /// The error and its sources, outermost first.
        error: Vec<String>,
    },
    /// Nothing more will happen.
    Finished {
        /// Since the plan was started.
        elapsed: Duration,
    },
}
