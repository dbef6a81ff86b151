//! Builds a fault from a row of the catalogue and given values, or reports all problems.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

use super::range::amount;
use super::{KEYS, Key, Need, Row, Takes};
use crate::model::fault::{Fault, Value};

/// The given values of keys. The catalogue determines which of them a fault takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said(BTreeMap<&'static str, Value>);

/// A problem with a given value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key.
    pub key: &'static Key,
    /// Whether the key is missing.
    pub missing: bool,
    /// What is wrong.
    pub message: String,
    /// The correction.
    pub help: String,
}

impl Serialize for Said {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut said = Self::default();
        for (name, value) in BTreeMap::<String, Value>::deserialize(deserializer)? {
            let key = Key::find(&name).ok_or_else(|| D::Error::custom(format!("no fault takes `{name}`")))?;
            let value = key.read(value).map_err(|bad| D::Error::custom(format!("`{name}`: {bad}")))?;
            said.set(key, value);
        }
        Ok(said)
    }
}

impl Said {
    /// Sets the value of a key, as returned by [`Key::read`] or [`Key::parse`].
    pub fn set(&mut self, key: &'static Key, value: Value) {
        self.0.insert(key.name, value);
    }

    /// The given value of a key.
    pub fn get(&self, key: &Key) -> Option<&Value> {
        self.0.get(key.name)
    }

    /// The keys with a given value, in the order of the catalogue.
    pub fn given(&self) -> Vec<&'static Key> {
        KEYS.into_iter().filter(|key| self.get(key).is_some()).collect()
    }
}

/// Builds the fault, with defaults filled in.
///
/// # Errors
/// Every key that the fault does not take, every missing key, and every value outside its range.
pub fn build(row: &Row, said: &Said) -> Result<Fault, Vec<Problem>> {
    let mut problems = foreign(row, said);
    problems.extend(row.takes.iter().filter_map(|takes| missing(row, takes, said)));
    problems.extend(row.takes.iter().filter_map(|takes| out_of_range(takes, said)));
    if !problems.is_empty() {
        return Err(problems);
    }
    let own = row.takes.iter().filter(|takes| row.ends.is_none_or(|ends| ends.after != takes.key));
    let values = own.filter_map(|takes| Some((takes.key.name, takes.value(said)?)));
    Ok(Fault::new(row.ends.map_or(row.word, |ends| ends.fault), values))
}

impl Takes {
    /// The given value, or the default; `None` if there is neither.
    fn value(&self, said: &Said) -> Option<Value> {
        said.get(self.key).cloned().or_else(|| match self.need {
            Need::Default(value) => self.key.parse(value).ok(),
            Need::Required | Need::Without(_) => None,
        })
    }
}

fn foreign(row: &Row, said: &Said) -> Vec<Problem> {
    let known = |key: &&Key| row.takes.iter().any(|takes| takes.key == *key);
    let help = match row.takes {
        [] => "leave it out".to_owned(),
        takes => {
            let names: Vec<String> = takes.iter().map(|takes| format!("`{}`", takes.key)).collect();
            format!("leave it out; `{row}` takes {}", names.join(", "))
        }
    };
    let problem =
        |key| Problem { key, missing: false, message: format!("`{row}` has no `{key}`"), help: help.clone() };
    said.given().into_iter().filter(|key| !known(key)).map(problem).collect()
}

fn missing(row: &Row, takes: &Takes, said: &Said) -> Option<Problem> {
    let key = takes.key;
    (takes.need == Need::Required && said.get(key).is_none()).then(|| Problem {
        key,
        missing: true,
        message: format!("`{row}` needs `{key}`"),
        help: format!("add `{}`", key.in_file(key.example)),
    })
}

fn out_of_range(takes: &Takes, said: &Said) -> Option<Problem> {
    let (key, value) = (takes.key, said.get(takes.key)?);
    let range = takes.range();
    let most = takes.at_most.and_then(|other| amount(other.kind, said.get(other)?));
    let too_much = most.is_some_and(|most| amount(key.kind, value).is_some_and(|amount| amount > most));
    if range.holds(key.kind, value) && !too_much {
        return None;
    }
    let allowed = match takes.at_most.filter(|_| too_much) {
        Some(other) => format!("what `{other}` is, or less"),
        None => range.text(key.kind).unwrap_or_else(|| key.kind.expected().to_owned()),
    };
    let message = format!("`{key}` is out of its range");
    Some(Problem { key, missing: false, message, help: format!("write {allowed}") })
}
