//! A performed step of a drill.

use serde::Serialize;

use crate::model::{NodeName, Origin, StepName};
use crate::record::Nanos;

/// A performed step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepDone {
    /// Its name.
    pub step: StepName,
    /// Its action, as in drill files: `power-cut`, `heal`.
    pub action: String,
    /// Its meaning for the node.
    pub kind: StepKind,
    /// Its node.
    pub node: NodeName,
    /// Whether the node held the service's address at that time.
    pub held: bool,
    /// When it was started.
    pub called: Nanos,
    /// When it returned; `None` if it never did.
    pub returned: Option<Nanos>,
    /// The earliest time of its effect: the node was still seen until then.
    pub earliest: Nanos,
    /// The latest time of its effect.
    pub latest: Nanos,
    /// When it was healed; `None` if it was not, or is not a fault.
    pub healed: Option<Nanos>,
    /// Its mechanism, if the record has it.
    pub mechanism: Option<String>,
    /// The proof of its effect, if there is one.
    pub seen: Option<String>,
    /// Whose word the proof is.
    pub origin: Origin,
    /// Its error, if it failed.
    pub failure: Option<String>,
}

impl StepDone {
    /// Whether it cut the power, as opposed to an orderly shutdown.
    pub fn is_power_cut(&self) -> bool {
        self.action == "power-cut"
    }

    /// Its description for people: `power cut`.
    pub fn words(&self) -> String {
        self.action.replace('-', " ")
    }
}

/// What a step means for its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// The node is off until it is switched on.
    Off,
    /// Nodes may lose contact, or cluster management is disturbed.
    Contact,
    /// Something inside the node is broken.
    Inside,
    /// The node is switched on.
    On,
    /// A fault of the node is healed.
    Heal,
}

impl StepKind {
    /// Whether it is a fault.
    pub fn is_fault(self) -> bool {
        matches!(self, StepKind::Off | StepKind::Contact | StepKind::Inside)
    }
}
