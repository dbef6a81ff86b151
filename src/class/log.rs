//! What happened in a class: a log with a key that only the server has.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::code::SecretDigest;
use super::roster::Seat;
use crate::base::chain::{self, Chain, ChainError, Key};
use crate::exercise::Outcome;
use crate::model::spec::Digest;
use crate::model::{CheckpointId, ExerciseName};

/// One line.
pub type Line = chain::Line<Event>;

/// What happened. A seat is that of a bench, unless it is said to be that of a student: that of the first of
/// those who share an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum Event {
    /// The class was opened, or opened again.
    Opened {
        /// The digest of its description.
        class: Digest,
    },
    /// A card was made for a student; the one before is void.
    Carded {
        /// The student.
        student: Seat,
        /// The digest of the code.
        code: SecretDigest,
        /// The digest of the key in the QR code.
        key: SecretDigest,
    },
    /// A student joined with a code or key, which is void now.
    Joined {
        /// The student.
        student: Seat,
    },
    /// The SSH keys of a student: those with which this student, and no other of the bench, can connect from
    /// now on.
    Keys {
        /// The seat of the student.
        seat: Seat,
        /// Public keys, each as OpenSSH writes it, without a comment: `ssh-ed25519 AAAA…`.
        keys: Vec<String>,
    },
    /// An exercise was begun.
    Began {
        /// The seat.
        seat: Seat,
        /// The exercise.
        exercise: ExerciseName,
        /// The seed of its variables and hidden checks.
        seed: u64,
    },
    /// The teacher said something.
    Said {
        /// To this seat; none: to all.
        seat: Option<Seat>,
        /// The text.
        text: String,
    },
    /// A hand went up, or down.
    Hand {
        /// The seat.
        seat: Seat,
        /// Whether it is up.
        up: bool,
    },
    /// A seat, or all, may go on until this moment.
    Extended {
        /// The seat; none: all.
        seat: Option<Seat>,
        /// Until when.
        until: Timestamp,
    },
    /// A seat, or all, may change nothing for now, or may again.
    Frozen {
        /// The seat; none: all.
        seat: Option<Seat>,
        /// Whether it is frozen.
        frozen: bool,
    },
    /// A seat gets other values of the variables at its next start.
    Reseeded {
        /// The seat.
        seat: Seat,
    },
    /// What stood on the instance of a seat was saved without a command.
    Autosaved {
        /// The seat.
        seat: Seat,
        /// The saved state.
        checkpoint: CheckpointId,
    },
    /// A cluster was handed in.
    Submitted(Box<Submission>),
    /// A hand-in was graded.
    Graded {
        /// The seat.
        seat: Seat,
        /// The number of the line with the hand-in.
        submission: u64,
        /// The outcome of each check.
        outcomes: Vec<Outcome>,
        /// The digest of the exercise that it was graded with, which is kept; none in older logs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exercise: Option<Digest>,
    },
    /// A hand-in that was graded before was graded again. Its grade stays as it is until this is accepted.
    Proposed {
        /// The seat.
        seat: Seat,
        /// The number of the line with the hand-in.
        submission: u64,
        /// The outcome of each check.
        outcomes: Vec<Outcome>,
        /// The digest of the exercise that it was graded with, which is kept.
        exercise: Digest,
    },
    /// What was proposed for a hand-in is given up.
    Discarded {
        /// The seat.
        seat: Seat,
        /// The number of the line with the hand-in.
        submission: u64,
    },
    /// The cluster of a hand-in was brought up again on the instance of its seat.
    Reopened {
        /// The seat.
        seat: Seat,
        /// The number of the line with the hand-in.
        submission: u64,
    },
    /// The class was closed.
    Closed,
}

/// A hand-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Submission {
    /// The seat.
    pub seat: Seat,
    /// The exercise.
    pub exercise: ExerciseName,
    /// The state of the cluster.
    pub checkpoint: CheckpointId,
    /// When its machines stood still.
    pub paused: Timestamp,
    /// Whether the deadline handed it in.
    pub by_deadline: bool,
    /// The digest of the last line of the attempt's log: what happened until then.
    pub receipt: String,
}

/// The log of a class.
#[derive(Debug, Clone)]
pub struct Log(Chain<Event>);

impl Log {
    /// Reads a log, as [`Chain::open`] does.
    ///
    /// # Errors
    /// When it cannot be read, or a line was changed.
    pub fn open(path: &Path, key: Key) -> Result<Self, ChainError> {
        Chain::open(path, Some(key)).map(Self)
    }

    /// All lines.
    pub fn lines(&self) -> &[Line] {
        self.0.lines()
    }

    /// The digest of the last line: a receipt for all that happened until then.
    pub fn head(&self) -> &str {
        self.0.head()
    }

    /// All lines up to the one with this digest; none if there is no such line.
    pub fn until(&self, digest: &str) -> Option<&[Line]> {
        self.0.until(digest)
    }

    /// The digest of a line, by its number from 1; none if there is no such line.
    pub fn digest_of(&self, number: u64) -> Option<&str> {
        self.0.digest_of(number)
    }

    /// Appends an event. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written; the log is then as before.
    pub fn append(&mut self, event: Event) -> Result<(), ChainError> {
        self.0.append(event)
    }
}
