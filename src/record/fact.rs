//! Facts of probes in addition to requests and packets: columns, each with a name, a unit and a value.
//!
//! A kind of load can report facts that no other has (a call that is up, an account that is logged in), and
//! the record does not depend on them. The names are defined with the kind, in [`crate::probe`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Answer, Nanos, PacketRun};
use crate::model::{LoadName, Source};

/// Columns by their names. A name that a probe writes is a constant of its kind.
pub type Columns = BTreeMap<Cow<'static, str>, Quantity>;

/// The value of a column, and its unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "unit", content = "value")]
pub enum Quantity {
    /// A time on the clock of the drill, or a duration.
    Nanoseconds(Nanos),
    /// A whole number.
    Number(u64),
    /// A word or a name.
    Text(Cow<'static, str>),
    /// The outcome of a request.
    Answer(Answer),
}

/// A fact that a probe reports about one of its loads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeFact {
    /// The load.
    pub load: LoadName,
    /// The name of the fact: `call`.
    pub fact: Cow<'static, str>,
    /// The source of the observation.
    pub source: Source,
    /// Its columns.
    pub columns: Columns,
}

/// A run of consecutive packets of one of several streams of a load, with their fates. The packets of the
/// load itself are [`What::Packets`](super::What::Packets).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamRun {
    /// The columns that identify the stream.
    pub stream: Columns,
    /// The packets. A packet counts as answered once it has reached its receiver.
    pub packets: PacketRun,
}

impl From<Nanos> for Quantity {
    fn from(time: Nanos) -> Self {
        Self::Nanoseconds(time)
    }
}

impl From<u32> for Quantity {
    fn from(number: u32) -> Self {
        Self::Number(u64::from(number))
    }
}

impl From<&'static str> for Quantity {
    fn from(word: &'static str) -> Self {
        Self::Text(word.into())
    }
}

impl From<String> for Quantity {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<Answer> for Quantity {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

impl Quantity {
    /// The time, if it is one.
    pub fn nanos(&self) -> Option<Nanos> {
        match self {
            Self::Nanoseconds(time) => Some(*time),
            _ => None,
        }
    }

    /// The number, if it is one that fits.
    pub fn number(&self) -> Option<u32> {
        match self {
            Self::Number(number) => u32::try_from(*number).ok(),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The answer, if it is one.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answer(answer) => Some(answer),
            _ => None,
        }
    }
}
