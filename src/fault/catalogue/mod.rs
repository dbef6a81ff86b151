//! The catalogue: one row for each fault.
//!
//! A row contains everything about a fault. The argument and the options of `lab fault inject`, `lab fault
//! list`, the schema of drill files, the validation of faults, `docs/faults.md`, and the report's treatment
//! of a fault are derived from it.

mod disk;
mod machine;
mod network;
mod power;
mod service;

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

use super::keys::SERVICE;
use super::{Key, Mechanism, Range, Said, Site, Unfit};
use crate::model::fault::{Fault, Value};
use crate::model::{Lab, Millis, Service};

/// A fault of the catalogue.
pub struct Row {
    /// Its word in drill files and on the command line.
    pub word: &'static str,
    /// A one-sentence description.
    pub about: &'static str,
    /// Its keys.
    pub takes: &'static [Takes],
    /// Its effect on the node, as seen by the rest of the cluster.
    pub effect: FaultEffect,
    /// For a fault that ends by itself: when it ends, and the fault in force until then.
    pub ends: Option<Ends>,
    /// Its mechanism on a node, or why it cannot be injected there.
    pub mechanism: fn(&Site<'_>) -> Result<Mechanism, Unfit>,
    /// How it is injected, in one sentence.
    pub how: &'static str,
    /// The proof that it is in force, in one sentence.
    pub proof: &'static str,
    /// How it is healed, in one sentence.
    pub healing: &'static str,
}

/// A key in a fault's row.
#[derive(Debug, Clone, Copy)]
pub struct Takes {
    /// The key.
    pub key: &'static Key,
    /// Whether it is required.
    pub need: Need,
    /// The allowed range, if narrower than the key's own.
    range: Option<Range>,
    /// Another key whose value is an upper bound of this one.
    pub at_most: Option<&'static Key>,
}

/// Whether a key is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It is required.
    Required,
    /// Its default value.
    Default(&'static str),
    /// It has no default value; the text describes what its absence means.
    Without(&'static str),
}

/// The end of a fault that ends by itself.
#[derive(Debug, Clone, Copy)]
pub struct Ends {
    /// The key with its duration.
    pub after: &'static Key,
    /// The word of the fault in force until then.
    pub fault: &'static str,
}

/// The effect of a fault on its node, as seen by the rest of the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultEffect {
    /// The node is off immediately, until it is switched on.
    Cut,
    /// The node is off after a delay, until it is switched on.
    Off,
    /// The nodes may lose contact, or cluster management is disturbed.
    Contact,
    /// Something inside the node is broken that other nodes do not notice.
    Inside,
    /// Something inside the node is shut down in order, so a cluster manager releases its addresses first.
    InOrder,
}

/// All faults, in the order in which they are shown.
pub fn all() -> impl Iterator<Item = &'static Row> {
    [power::ROWS, machine::ROWS, service::ROWS, network::ROWS, disk::ROWS].into_iter().flatten()
}

/// The words of all faults, in the same order.
pub fn words() -> Vec<&'static str> {
    all().map(|row| row.word).collect()
}

/// The effect of a fault. A fault unknown to this version may have disturbed the contact of nodes.
pub fn effect(fault: &Fault) -> FaultEffect {
    Row::find(fault.word()).map_or(FaultEffect::Contact, |row| row.effect)
}

/// The service that a fault targets, if the lab has it.
pub fn service<'l>(lab: &'l Lab, fault: &Fault) -> Option<&'l Service> {
    lab.service(&fault.text(SERVICE.name)?.parse().ok()?)
}

impl Row {
    /// The fault of this word.
    pub fn find(word: &str) -> Option<&'static Row> {
        all().find(|row| row.word == word)
    }

    /// The entry for a key; `None` if the fault does not take it.
    pub fn takes(&self, key: &Key) -> Option<&'static Takes> {
        self.takes.iter().find(|takes| takes.key == key)
    }

    /// Its duration, if it ends by itself.
    pub fn lasts(&self, said: &Said) -> Option<Millis> {
        match said.get(self.ends?.after)? {
            Value::Text(time) => time.parse().ok(),
            Value::Flag(_) | Value::Number(_) => None,
        }
    }
}

impl Need {
    /// The description of its default; `None` if it is required.
    pub fn default(self) -> Option<&'static str> {
        match self {
            Need::Required => None,
            Need::Default(value) | Need::Without(value) => Some(value),
        }
    }
}

impl Takes {
    /// The allowed range.
    pub fn range(&self) -> Range {
        self.range.unwrap_or(self.key.range)
    }

    const fn within(self, range: Range) -> Self {
        Self { range: Some(range), ..self }
    }

    const fn at_most(self, other: &'static Key) -> Self {
        Self { at_most: Some(other), ..self }
    }
}

const fn needs(key: &'static Key) -> Takes {
    Takes { key, need: Need::Required, range: None, at_most: None }
}

const fn takes(key: &'static Key, default: &'static str) -> Takes {
    Takes { key, need: Need::Default(default), range: None, at_most: None }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.word == other.word
    }
}

impl Eq for Row {}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word)
    }
}

impl<'de> Deserialize<'de> for &'static Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Row::find(&word).ok_or_else(|| D::Error::custom(format!("there is no fault `{word}`")))
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Row").field(&self.word).finish()
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word)
    }
}
