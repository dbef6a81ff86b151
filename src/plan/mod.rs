//! What to do: from what is wanted and what exists to steps, each with its reason.
//!
//! Pure: no I/O, no clock, no randomness. The plan leaves no choice to whoever performs it.
//!
//! ```text
//! Desired ──┐
//!           ├→ guard (refuse) → network, work (what differs, and why) → up, set_up (steps in order) → Plan
//! Inventory ┘                                                           remove (down)
//! ```
//!
//! What makes plans safe to interrupt is the seal: a machine that was set up and seen healthy carries the digest of
//! all that configured it. It is taken off before anything about the machine changes and put back when all is
//! healthy, so whatever happens in between, the next plan sees a machine that is not finished.

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

/// The place of a step in its plan, from 0.
pub type StepId = usize;

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its place in the plan.
    pub id: StepId,
    /// What is done.
    pub action: Action,
    /// The steps that must be done before; always smaller than its own id.
    pub needs: Vec<StepId>,
    /// Why: `not there yet`, `memory: 512MiB → 768MiB`.
    pub why: String,
}

/// What a plan is for, which decides what happens when it cannot be finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Make a lab where nothing was: what was made is taken back.
    Fresh,
    /// Change a lab of which something is there: nothing is taken back, and the next plan goes on.
    Standing,
    /// Take a lab down: all that can be deleted is, whatever else fails.
    Down,
}

/// What becomes of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Its set-up runs again while it runs.
    SetUp,
    /// It is switched on or resumed, if need be after its machine was defined again; its disks stay.
    Start,
    /// Its power is cut and it starts again; its disks stay.
    Restart,
    /// It is made, and boots for the first time.
    Create,
    /// All of it is deleted, its disks too, and made again.
    Recreate,
    /// It becomes what a checkpoint says, disks and memory.
    Restore,
    /// All of it is deleted.
    Remove,
}

/// A node that a plan touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeChange {
    /// The node.
    pub node: NodeName,
    /// What becomes of it.
    pub effect: Effect,
    /// Why, in the order in which they were found; at least one.
    pub reasons: Vec<String>,
}

/// Steps in an order in which they could be done one by one; those that do not need each other may run together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What it is for.
    pub purpose: Purpose,
    /// The nodes that it touches, in the order of the lab, then those that are removed.
    pub changes: Vec<NodeChange>,
    /// The steps.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}
