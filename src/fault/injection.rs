//! A fault on a node, as it is written down before it is done.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Mechanism;
use crate::model::fault::Fault;
use crate::model::{NodeName, StepName};

/// What an injection is called: `cut.node1` of a step, `link-down.node1` of one by hand. Letters, digits, `-` and `.`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InjectionId(String);

impl InjectionId {
    /// That of a step on a node.
    pub fn of_step(step: &StepName, node: &NodeName) -> Self {
        Self(format!("{step}.{node}"))
    }

    /// That of a fault by hand, which none of `taken` has.
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
    /// What it is called.
    pub id: InjectionId,
    /// The node.
    pub node: NodeName,
    /// The fault.
    pub fault: Fault,
    /// What it comes to.
    pub mechanism: Mechanism,
}

impl fmt::Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.fault.word(), self.node)
    }
}

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// That it is in force.
    InForce,
    /// That nothing is left of it.
    Healed,
}

/// What is seen of an injection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Whether it is as wanted.
    pub holds: bool,
    /// What is seen, in words: `carrier of eth0 is 0`.
    pub seen: String,
}
