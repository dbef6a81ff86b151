//! What a checkpoint is called, which is also the name of its folder.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::spec::Digest;
use super::{CheckpointName, LabName, NameError};

/// The beginning of the names of starts; a user's name cannot be taken for one.
const START: &str = "start-";

/// A lab's name, a dot, and its own: `drbd-heartbeat.start-0123456789ab`, `drbd-heartbeat.before-the-split`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CheckpointId {
    lab: LabName,
    name: CheckpointName,
}

/// Why a text is not the name of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// It has no dot.
    #[error("a checkpoint is called LAB.NAME")]
    NoDot,
    /// One of its halves is not a name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A user's name that reads like a start's.
    #[error("names that begin with `{START}` are those of starts, which are made by themselves")]
    Reserved,
}

impl CheckpointId {
    /// The start of a lab, made from what this is the digest of.
    ///
    /// # Panics
    /// If the digest is not hexadecimal, which ours always are.
    pub fn start(lab: &LabName, inputs: &Digest) -> Self {
        let name = format!("{START}{}", inputs.short()).parse().expect("hexadecimal digits are in names");
        Self { lab: lab.clone(), name }
    }

    /// What a user calls it.
    ///
    /// # Errors
    /// When it reads like a start's name.
    pub fn named(lab: &LabName, name: &CheckpointName) -> Result<Self, IdError> {
        if name.as_str().starts_with(START) {
            return Err(IdError::Reserved);
        }
        Ok(Self { lab: lab.clone(), name: name.clone() })
    }

    /// The lab.
    pub fn lab(&self) -> &LabName {
        &self.lab
    }

    /// Its own name.
    pub fn name(&self) -> &CheckpointName {
        &self.name
    }
}

impl fmt::Display for CheckpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}", self.lab, self.name))
    }
}

impl FromStr for CheckpointId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let (lab, name) = text.split_once('.').ok_or(IdError::NoDot)?;
        Ok(Self { lab: lab.parse()?, name: name.parse()? })
    }
}

impl TryFrom<String> for CheckpointId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<CheckpointId> for String {
    fn from(id: CheckpointId) -> String {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_back_and_users_cannot_take_a_start() {
        let lab: LabName = "web".parse().unwrap();
        let start = CheckpointId::start(&lab, &Digest::of(&1));
        assert_eq!(start.to_string().parse(), Ok(start.clone()));
        assert!(start.name().as_str().starts_with(START));
        assert_eq!(CheckpointId::named(&lab, start.name()), Err(IdError::Reserved));
        let named = CheckpointId::named(&lab, &"before".parse().unwrap()).unwrap();
        assert_eq!(named.to_string(), "web.before");
        assert_eq!("web".parse::<CheckpointId>(), Err(IdError::NoDot));
        assert!("web.../etc".parse::<CheckpointId>().is_err());
    }
}
