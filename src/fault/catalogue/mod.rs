//! The catalogue: one row for each fault.
//!
//! A row is all that is said about a fault. The argument and the options of `lab fault inject`, `lab fault list`, the
//! schema of drill files, the checks of what is said, `docs/faults.md` and what the report makes of a fault come from it.

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
    /// The word for it, in drill files and on the command line.
    pub word: &'static str,
    /// One sentence on what it does.
    pub about: &'static str,
    /// What it takes.
    pub takes: &'static [Takes],
    /// What it does to the node, as far as the rest of the cluster is concerned.
    pub effect: Effect,
    /// For a fault that ends by itself: when, and what is done until then.
    pub ends: Option<Ends>,
    /// What it comes to on a node, or why it cannot be there.
    pub mechanism: fn(&Site<'_>) -> Result<Mechanism, Unfit>,
    /// How it is done, in a sentence.
    pub how: &'static str,
    /// What proves that it is in force, in a sentence.
    pub proof: &'static str,
    /// How it is healed, in a sentence.
    pub healing: &'static str,
}

/// A key of a fault.
#[derive(Debug, Clone, Copy)]
pub struct Takes {
    /// The key.
    pub key: &'static Key,
    /// Whether it must be given.
    pub need: Need,
    /// Which values are allowed, if not those that the key allows everywhere.
    range: Option<Range>,
    /// It is not above the value of this other key.
    pub at_most: Option<&'static Key>,
}

/// Whether a key must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It must.
    Required,
    /// When not given, it has this value.
    Default(&'static str),
    /// When not given, it has no value, which means this.
    Without(&'static str),
}

/// The end of a fault that ends by itself.
#[derive(Debug, Clone, Copy)]
pub struct Ends {
    /// The key that says how long it lasts.
    pub after: &'static Key,
    /// The word of the fault that is done until then.
    pub fault: &'static str,
}

/// What a fault does to the node that it hits, as far as the rest of the cluster is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The node is off at once, until it is switched on.
    Cut,
    /// The node is off after a while, until it is switched on.
    Off,
    /// The nodes may lose sight of each other, or what watches over them is disturbed.
    Contact,
    /// Something inside of the node is broken, and nothing that nodes see of each other.
    Inside,
    /// Something inside of the node is stopped in order, so that a cluster manager gives its addresses up first.
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

/// What a fault does to its node. One that this version does not know may have done anything to the contact of nodes.
pub fn effect(fault: &Fault) -> Effect {
    Row::find(fault.word()).map_or(Effect::Contact, |row| row.effect)
}

/// The service that a fault is about, if it is about one that the lab has.
pub fn service<'l>(lab: &'l Lab, fault: &Fault) -> Option<&'l Service> {
    lab.service(&fault.text(SERVICE.name)?.parse().ok()?)
}

impl Row {
    /// The fault of this word.
    pub fn find(word: &str) -> Option<&'static Row> {
        all().find(|row| row.word == word)
    }

    /// How it takes a key; none if it does not.
    pub fn takes(&self, key: &Key) -> Option<&'static Takes> {
        self.takes.iter().find(|takes| takes.key == key)
    }

    /// How long it lasts, if it ends by itself.
    pub fn lasts(&self, said: &Said) -> Option<Millis> {
        match said.get(self.ends?.after)? {
            Value::Text(time) => time.parse().ok(),
            Value::Flag(_) | Value::Number(_) => None,
        }
    }
}

impl Need {
    /// What holds when the key is not given; none if it must be.
    pub fn default(self) -> Option<&'static str> {
        match self {
            Need::Required => None,
            Need::Default(value) | Need::Without(value) => Some(value),
        }
    }
}

impl Takes {
    /// Which values are allowed.
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
