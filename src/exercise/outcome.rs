//! The outcome of a check: passed, failed or inconclusive, its points, and what was seen.

use serde::{Deserialize, Serialize};

use super::language::Localized;
use crate::model::drill::{Figure, Invariant};
use crate::model::{CheckName, Millis, Origin};

/// Whether a check passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It passed, at least in part.
    Passed,
    /// It failed.
    Failed,
    /// The measurement proves nothing, so it is neither.
    Inconclusive,
    /// It waits for an answer of the student.
    Open,
}

/// The outcome of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Outcome {
    /// The check.
    pub check: CheckName,
    /// Whether it passed.
    pub state: State,
    /// Its points.
    pub points: u32,
    /// The points that it could have.
    pub of: u32,
    /// What was seen, in the order of its importance.
    pub seen: Vec<Seen>,
    /// Whose word it is.
    pub origin: Origin,
    /// The names of the records that it was measured in, in the folder of the instance's records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordOf>,
}

/// A record that an outcome was measured in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RecordOf {
    /// The folder of the record.
    pub record: String,
    /// The SHA-256 of its file, in hexadecimal digits.
    pub digest: String,
}

/// What was seen, as data, so that it can be told in any language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "seen")]
pub enum Seen {
    /// All health checks hold.
    Healthy,
    /// A health check does not hold.
    Unhealthy {
        /// The check, as `lab status` calls it.
        title: String,
    },
    /// One node answered for an address all the time.
    OneHolder {
        /// The address.
        address: String,
        /// The node.
        node: String,
    },
    /// No node answered for an address at the end.
    NoHolder {
        /// The address.
        address: String,
    },
    /// Another node answers for an address than the one that should.
    OtherHolder {
        /// The address.
        address: String,
        /// The node that answers.
        node: String,
        /// The node that should.
        wanted: String,
    },
    /// Several nodes answered for an address at the same time.
    SeveralHolders {
        /// The address.
        address: String,
        /// The nodes.
        nodes: String,
    },
    /// An invariant held.
    Held {
        /// The invariant.
        invariant: Invariant,
    },
    /// An invariant was violated.
    Violated {
        /// The invariant.
        invariant: Invariant,
    },
    /// Requests of a load.
    Requests {
        /// The number of requests that failed.
        failed: usize,
        /// The number of requests.
        sent: usize,
        /// The most that may fail.
        allowed: usize,
    },
    /// A figure of a drill.
    Measured {
        /// The figure.
        figure: Figure,
        /// Its value; the median if there were several runs.
        value: Millis,
        /// Up to here it has all points.
        full: Millis,
        /// From here on it has none.
        none: Millis,
    },
    /// A drill whose verdict is all that counts.
    DrillPassed {
        /// The longest outage of the service in its runs; 0 if there was none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outage: Option<Millis>,
    },
    /// A drill that failed, or that a property of the pool describes.
    DrillFailed {
        /// What was violated, in the words of the report or of the exercise.
        what: String,
    },
    /// A property that a hidden drill found broken.
    Property {
        /// The property, in the words of the exercise.
        says: Localized,
    },
    /// All hidden drills passed.
    AllOfPool {
        /// How many there were.
        count: usize,
    },
    /// The lab was not in the steady state when a drill was to begin.
    Unsteady,
    /// A takeover without a cause, or none.
    Takeovers {
        /// How many there were.
        count: usize,
    },
    /// Acknowledged writes of the start.
    Writes {
        /// How many are missing.
        lost: usize,
        /// How many there were.
        of: usize,
    },
    /// The files of a stack say what they should.
    ConfigAsWanted,
    /// A file does not say what it should.
    ConfigDiffers {
        /// The file.
        path: String,
    },
    /// A script ended with another status than 0.
    ScriptFailed {
        /// Its last lines.
        text: String,
    },
    /// A script ended with 0.
    ScriptEnded,
    /// The answer is right.
    RightAnswer,
    /// The answer is wrong.
    WrongAnswer {
        /// How many more are judged.
        left: u32,
    },
    /// There is no answer yet.
    NoAnswer,
    /// A prediction.
    Guessed {
        /// What was predicted.
        guess: Millis,
        /// What was measured.
        measured: Millis,
    },
    /// The measurement proves nothing.
    Unclear {
        /// Why, in the words of the report.
        why: String,
    },
}

impl Outcome {
    /// The same outcome, as the word of nodes.
    #[must_use]
    pub fn told(self) -> Self {
        Self { origin: Origin::Told, ..self }
    }
}
