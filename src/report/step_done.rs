//! A step of a drill as it was done.

use serde::Serialize;

use crate::model::{NodeName, StepName};
use crate::record::Nanos;

/// A step as it was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepDone {
    /// Which.
    pub step: StepName,
    /// What, in the words of drill files: `power-cut`, `heal`.
    pub action: String,
    /// What that means to the node.
    pub kind: StepKind,
    /// To which node.
    pub node: NodeName,
    /// Whether the node held the service's address at that time.
    pub held: bool,
    /// When the call was made.
    pub called: Nanos,
    /// When the call returned; none if it never did.
    pub returned: Option<Nanos>,
    /// It took effect no earlier than this: the node still showed itself.
    pub earliest: Nanos,
    /// It took effect no later than this.
    pub latest: Nanos,
    /// When it was healed; none if it was not, or is no fault.
    pub healed: Option<Nanos>,
    /// By which mechanism it was done; none if it does not say.
    pub mechanism: Option<String>,
    /// What showed that it happened; none if nothing did.
    pub seen: Option<String>,
    /// What went wrong.
    pub failure: Option<String>,
}

impl StepDone {
    /// Whether its power was cut, and not just taken in order.
    pub fn is_power_cut(&self) -> bool {
        self.action == "power-cut"
    }

    /// What it was, for a person: `power cut`.
    pub fn words(&self) -> String {
        self.action.replace('-', " ")
    }
}

/// What a step means to its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// It is off until it is switched on.
    Off,
    /// Nodes may lose sight of each other, or what watches over them is disturbed.
    Contact,
    /// Something inside of it is broken.
    Inside,
    /// It is switched on.
    On,
    /// What was done to it is taken back.
    Heal,
}

impl StepKind {
    /// Whether it is something bad.
    pub fn is_fault(self) -> bool {
        matches!(self, StepKind::Off | StepKind::Contact | StepKind::Inside)
    }
}
