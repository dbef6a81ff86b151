//! The name of a checkpoint, which is also the name of its folder.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::spec::Digest;
use super::{CheckpointName, LabName, NameError};

/// The prefix of baseline checkpoints; a user's name may not begin with it.
const START: &str = "start-";

/// The prefixes of checkpoints of exercises; a user's name may not begin with one of them either.
const EXERCISE: [&str; 6] = ["exercise-", "hand-in-", "save-point-", "replayed-", "submission-", "autosave-"];

/// The lab's name, a dot, and the checkpoint's own: `drbd-heartbeat.start-0123456789ab`,
/// `drbd-heartbeat.before-the-split`.
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
    /// The part before or after the dot is not a name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A user's name with the prefix of checkpoints that `lab` makes itself.
    #[error("names that begin with `{0}` are reserved for checkpoints that `lab` makes itself")]
    Reserved(&'static str),
}

/// A use of a checkpoint by an exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForExercise {
    /// The state in which the student begins.
    Start,
    /// The state that is graded.
    HandIn,
    /// A state that the student saved.
    SavePoint,
    /// The start with files of a hand-in.
    Replayed,
    /// What a student of a class handed in.
    Submission,
    /// What stood on an instance of a class some minutes ago.
    Autosave,
}

impl ForExercise {
    fn prefix(self) -> &'static str {
        let [start, hand_in, save_point, replayed, submission, autosave] = EXERCISE;
        match self {
            Self::Start => start,
            Self::HandIn => hand_in,
            Self::SavePoint => save_point,
            Self::Replayed => replayed,
            Self::Submission => submission,
            Self::Autosave => autosave,
        }
    }
}

impl CheckpointId {
    /// The baseline checkpoint of a lab with these inputs.
    ///
    /// # Panics
    /// If the digest is not hexadecimal; ours always are.
    pub fn start(lab: &LabName, inputs: &Digest) -> Self {
        let name = format!("{START}{}", inputs.short()).parse().expect("hexadecimal digits are in names");
        Self { lab: lab.clone(), name }
    }

    /// A checkpoint of an exercise, made from what has this digest.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub fn of_exercise(lab: &LabName, purpose: ForExercise, digest: &Digest) -> Self {
        let prefix = purpose.prefix();
        let name = format!("{prefix}{}", digest.short()).parse().expect("hexadecimal digits are in names");
        Self { lab: lab.clone(), name }
    }

    /// Whether it was made for a purpose of exercises.
    pub fn is_for(&self, purpose: ForExercise) -> bool {
        self.name.as_str().starts_with(purpose.prefix())
    }

    /// A checkpoint that a user named.
    ///
    /// # Errors
    /// When the name has a prefix of checkpoints that `lab` makes itself.
    pub fn named(lab: &LabName, name: &CheckpointName) -> Result<Self, IdError> {
        let mut reserved = std::iter::once(START).chain(EXERCISE);
        if let Some(prefix) = reserved.find(|prefix| name.as_str().starts_with(prefix)) {
            return Err(IdError::Reserved(prefix));
        }
        Ok(Self { lab: lab.clone(), name: name.clone() })
    }

    /// The lab.
    pub fn lab(&self) -> &LabName {
        &self.lab
    }

    /// The checkpoint's own name.
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
        assert_eq!(CheckpointId::named(&lab, start.name()), Err(IdError::Reserved(START)));
        let of = |purpose| CheckpointId::of_exercise(&lab, purpose, &Digest::of(&1));
        let is_start = |id: &CheckpointId| id.is_for(ForExercise::Start);
        assert!(is_start(&of(ForExercise::Start)) && !is_start(&start));
        assert!(!is_start(&of(ForExercise::Submission)));
        let named = CheckpointId::named(&lab, &"before".parse().unwrap()).unwrap();
        assert_eq!(named.to_string(), "web.before");
        assert_eq!("web".parse::<CheckpointId>(), Err(IdError::NoDot));
        assert!("web.../etc".parse::<CheckpointId>().is_err());
    }
}
