//! Events of applying a plan: the interface between the engine and all outputs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::plan::{Action, Plan, StepId};
use crate::work::Progress;

/// An event. Events come in order, from one thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The plan is about to be applied.
    PlanStarted {
        /// The plan.
        plan: Plan,
    },
    /// A step started: all steps that it needs are done.
    StepStarted {
        /// The step.
        id: StepId,
    },
    /// Progress of a running step.
    StepProgress {
        /// The step.
        id: StepId,
        /// The progress.
        progress: Progress,
    },
    /// A step is done.
    StepFinished {
        /// The step.
        id: StepId,
        /// Its duration.
        elapsed: Duration,
    },
    /// A step failed, or was cancelled while running.
    StepFailed {
        /// The step.
        id: StepId,
        /// The error and its sources, outermost first.
        error: Vec<String>,
        /// Its duration.
        elapsed: Duration,
    },
    /// A step will not be started.
    StepSkipped {
        /// The step.
        id: StepId,
    },
    /// The steps of this run are about to be undone.
    Unwinding {
        /// The number of steps to undo.
        steps: usize,
    },
    /// A step was undone.
    Undone {
        /// The step.
        id: StepId,
        /// The action that undid it.
        action: Action,
    },
    /// A step could not be undone; the others are still tried.
    UndoFailed {
        /// The step.
        id: StepId,
        /// The action that failed.
        action: Action,
        /// The error and its sources, outermost first.
        error: Vec<String>,
    },
    /// The last event.
    Finished {
        /// The time since the plan was started.
        elapsed: Duration,
    },
}
