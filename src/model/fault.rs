//! Faults: deliberate disturbances of a node.
//!
//! Here a fault is plain data: its word and its values. The catalogue in [`crate::fault`] defines the words,
//! their keys, and the mechanism of each fault on the nodes of a lab.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::choice::choice;

/// A fault that can be injected into a node and healed. Files have it as one table:
/// `{"fault":"loss","percent":20}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    word: String,
    values: BTreeMap<String, Value>,
}

/// The key of the word in files.
const WORD: &str = "fault";

/// A value of a fault, or of a load. A time, a size, a name or a choice is a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(u64),
    /// A text.
    Text(String),
}

impl Fault {
    /// A fault with its values; [`crate::fault::build`] checks them and fills in defaults.
    pub fn new<'v>(word: &str, values: impl IntoIterator<Item = (&'v str, Value)>) -> Self {
        let values = values.into_iter().map(|(key, value)| (key.to_owned(), value));
        Self { word: word.to_owned(), values: values.collect() }
    }

    /// Its word in the catalogue: `power-cut`.
    pub fn word(&self) -> &str {
        &self.word
    }

    /// All values, by their keys.
    pub fn values(&self) -> &BTreeMap<String, Value> {
        &self.values
    }

    /// The value of a key.
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    /// The text of a key.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.value(key)? {
            Value::Text(text) => Some(text),
            Value::Flag(_) | Value::Number(_) => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Flag(flag) => flag.fmt(f),
            Value::Number(number) => number.fmt(f),
            Value::Text(text) => text.fmt(f),
        }
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.values.len() + 1))?;
        map.serialize_entry(WORD, &self.word)?;
        for (key, value) in &self.values {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut values: BTreeMap<String, Value> = BTreeMap::deserialize(deserializer)?;
        match values.remove(WORD) {
            Some(Value::Text(word)) => Ok(Self { word, values }),
            _ => Err(de::Error::missing_field(WORD)),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Flag(flag) => serializer.serialize_bool(*flag),
            Value::Number(number) => serializer.serialize_u64(*number),
            Value::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl de::Visitor<'_> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a whole number, true or false")
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        let negative = || E::invalid_value(de::Unexpected::Signed(number), &"a whole number of 0 or more");
        u64::try_from(number).map(Value::Number).map_err(|_| negative())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }
}

/// What a paused machine's clock does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PauseClock {
    /// It stops too: the resumed machine believes that no time has passed.
    Frozen,
    /// It goes on: the resumed machine finds itself late.
    Running,
}

choice!(PauseClock { Frozen = "frozen", Running = "running" });

/// A direction, seen from the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// What the node sends.
    Out,
    /// What is sent to the node.
    In,
}

choice!(Direction { Out = "out", In = "in" });

/// Which operations of a disk fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiskIo {
    /// Reading.
    Reads,
    /// Writing.
    Writes,
    /// Both.
    All,
}

choice!(DiskIo { Reads = "reads", Writes = "writes", All = "all" });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_one_table() {
        let text = r#"{"fault":"loss","percent":20}"#;
        let loss = Fault::new("loss", [("percent", Value::Number(20))]);
        assert_eq!(serde_json::to_string(&loss).unwrap(), text);
        assert_eq!(serde_json::from_str::<Fault>(text).unwrap(), loss);
        for bad in
            [r#"{"percent":20}"#, r#"{"fault":"loss","percent":-1}"#, r#"{"fault":"loss","percent":[]}"#]
        {
            assert!(serde_json::from_str::<Fault>(bad).is_err(), "{bad}");
        }
    }
}
