//! An injection: a fault on a node, as journaled before it is performed.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Mechanism;
use crate::model::fault::Fault;
use crate::model::{NodeName, StepName};

/// The id of an injection: `cut.node1` for a step, `link-down.node1` for one from the command line. Letters,
/// digits, `-` and `.`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InjectionId(String);

impl InjectionId {
    /// The id for a step on a node.
    pub fn of_step(step: &StepName, node: &NodeName) -> Self {
        Self(format!("{step}.{node}"))
    }

    /// The id for a fault from the command line, different from those in `taken`.
    pub fn by_hand(fault: &Fault, node: &NodeName, taken: &[InjectionId]) -> Self {
        let plain = Self(format!("{}.{node}", fault.word()));
        let numbered = (2..).map(|number| Self(format!("{}.{node}.{number}", fault.word())));
        let mut all = std::iter::once(plain.clone()).chain(numbered);
        all.find(|id| !taken.contains(id)).unwrap_or(plain)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InjectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A fault on a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Injection {
    /// Its id.
    pub id: InjectionId,
    /// The node.
    pub node: NodeName,
    /// The fault.
    pub fault: Fault,
    /// Its mechanism.
    pub mechanism: Mechanism,
}

impl fmt::Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.fault.word(), self.node)
    }
}

/// The state to check for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// The fault is in force.
    InForce,
    /// No trace of the fault is left.
    Healed,
}

/// The observed state of an injection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Whether it is the expected state.
    pub holds: bool,
    /// The observation as text: `carrier of eth0 is 0`.
    pub seen: String,
}
