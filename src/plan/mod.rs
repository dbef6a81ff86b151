//! The planner: compares desired and existing state, and returns steps with reasons.
//!
//! Pure: no I/O, no clock, no randomness. Performing a plan needs no further decisions.
//!
//! ```text
//! Desired ──┐
//!           ├→ guard (refuse) → network, work (what differs, and why) → up, set_up (steps in order) → Plan
//! Inventory ┘                                                           remove (down)
//! ```
//!
//! The seal makes plans safe to interrupt: a machine that was set up and healthy carries the digest of its
//! configuration. The seal is removed before the machine is changed and set again when all health checks have
//! passed, so after an interruption the next plan finds an unfinished machine.

mod action;
mod draft;
mod guard;
mod network;
mod order;
mod reason;
mod refusal;
mod remove;
mod restore;
mod save;
mod seal;
mod set_up;
mod text;
mod up;
mod work;

use serde::{Deserialize, Serialize};

pub use action::Action;
pub use refusal::{Loss, LossCause, Refusal};
pub use remove::down;
pub use restore::restore;
pub use save::save;
pub use text::text;
pub use up::{UpOptions, up};

use crate::model::NodeName;

/// The position of a step in its plan, from 0.
pub type StepId = usize;

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanStep {
    /// Its position in the plan.
    pub id: StepId,
    /// Its action.
    pub action: Action,
    /// The steps that must precede it; always with smaller ids.
    pub needs: Vec<StepId>,
    /// The reason: `not there yet`, `memory: 512MiB → 768MiB`.
    pub why: String,
}

/// The purpose of a plan, which determines what happens when it cannot be finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Create a lab: on failure, created objects are removed.
    Fresh,
    /// Change an existing lab: on failure nothing is undone, and the next plan continues.
    Standing,
    /// Take a lab down: all that can be deleted is deleted, even after a failure.
    Down,
}

/// The effect on a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeEffect {
    /// Its set-up runs again while it is running.
    SetUp,
    /// It is switched on or resumed, if necessary after its machine was redefined; its disks stay.
    Start,
    /// Its power is cut and it starts again; its disks stay.
    Restart,
    /// It is created and boots for the first time.
    Create,
    /// It is deleted with its disks, and created again.
    Recreate,
    /// It is reset to a checkpoint, disks and memory.
    Restore,
    /// It is deleted.
    Remove,
}

/// A node that a plan touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeChange {
    /// The node.
    pub node: NodeName,
    /// The effect.
    pub effect: NodeEffect,
    /// The reasons, in the order in which they were found; at least one.
    pub reasons: Vec<String>,
}

/// Steps in a valid sequential order; independent steps can run in parallel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its purpose.
    pub purpose: Purpose,
    /// The affected nodes, in the order of the lab, then removed ones.
    pub changes: Vec<NodeChange>,
    /// The steps.
    pub steps: Vec<PlanStep>,
}

impl Plan {
    /// Whether it has no steps.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}
