//! The log of exercises on an instance: JSON lines, append-only, each with the digest of the line before.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use super::vary::Values;
use crate::base::chain::{self, Chain, ChainError};
use crate::model::spec::Digest;
use crate::model::{CheckName, CheckpointId, CheckpointName, ExerciseName, LabName};

/// One line.
pub type Line = chain::Line<Event>;

/// Why a log cannot be trusted.
pub type LogError = ChainError;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum Event {
    /// An attempt began.
    Started(Box<Attempt>),
    /// The instance was graded.
    Graded {
        /// The outcome of each check.
        outcomes: Vec<Outcome>,
    },
    /// A hint was bought.
    Hinted {
        /// Its number, from 1.
        number: usize,
        /// Its price, in percent of all points.
        cost: u32,
    },
    /// A question was answered, or a figure predicted.
    Answered {
        /// The check.
        check: CheckName,
        /// The answer.
        answer: String,
    },
    /// The instance was put back to the start.
    Undone,
    /// The instance was saved.
    Saved {
        /// The name of the save point.
        name: CheckpointName,
    },
    /// The instance was put back to a save point.
    Loaded {
        /// The name of the save point.
        name: CheckpointName,
    },
    /// The attempt ended.
    Finished,
}

/// An attempt at an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Attempt {
    /// The exercise.
    pub exercise: ExerciseName,
    /// The digest of its files.
    pub digest: Digest,
    /// The lab.
    pub lab: LabName,
    /// The argument with which the lab is found again.
    pub found_by: String,
    /// The seed of its variables and of hidden checks.
    pub seed: u64,
    /// The values of its variables.
    pub values: Values,
    /// The checkpoint of the start.
    pub start: CheckpointId,
    /// The record of the drill that made the start, in the folder of records.
    pub start_record: Option<String>,
}

/// The log of an instance.
#[derive(Debug)]
pub struct Log(Chain<Event>);

impl Log {
    /// Reads a log, as [`Chain::open`] does.
    ///
    /// # Errors
    /// When it cannot be read, or a line was changed.
    pub fn open(path: &Path) -> Result<Self, LogError> {
        Chain::open(path, None).map(Self)
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

    /// Appends an event. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written; the log is then as before.
    pub fn append(&mut self, event: Event) -> Result<(), LogError> {
        self.0.append(event)
    }

    /// Appends what a function makes of the log as it is now, as [`Chain::append_with`] does.
    ///
    /// # Errors
    /// When it cannot be written, or the log was changed.
    pub fn append_with(&mut self, event: impl FnOnce(&[Line]) -> Option<Event>) -> Result<bool, LogError> {
        self.0.append_with(event)
    }

    /// The attempt that goes on: its line, and the lines after it. None if there is none, or it was finished.
    pub fn current(&self) -> Option<(&Attempt, &[Line])> {
        let (attempt, lines) = self.last()?;
        let finished = lines.iter().any(|line| line.event == Event::Finished);
        (!finished).then_some((attempt, lines))
    }

    /// The last attempt, finished or not.
    pub fn last(&self) -> Option<(&Attempt, &[Line])> {
        let lines = self.lines();
        let place = lines.iter().rposition(|line| matches!(line.event, Event::Started(_)))?;
        let Event::Started(attempt) = &lines.get(place)?.event else { return None };
        Some((attempt, &lines[place + 1..]))
    }
}

/// The outcomes of the last grading among these lines.
pub fn last_grading(lines: &[Line]) -> Option<&[Outcome]> {
    gradings(lines).last()
}

/// The outcomes of all gradings among these lines, in order.
pub fn gradings(lines: &[Line]) -> impl Iterator<Item = &[Outcome]> {
    lines.iter().filter_map(|line| match &line.event {
        Event::Graded { outcomes } => Some(&outcomes[..]),
        _ => None,
    })
}

/// The numbers and prices of the hints that were bought.
pub fn hints(lines: &[Line]) -> impl Iterator<Item = (usize, u32)> {
    lines.iter().filter_map(|line| match line.event {
        Event::Hinted { number, cost } => Some((number, cost)),
        _ => None,
    })
}

/// The answers to a check, in order.
pub fn answers<'a>(lines: &'a [Line], wanted: &'a CheckName) -> impl Iterator<Item = &'a str> {
    lines.iter().filter_map(move |line| match &line.event {
        Event::Answered { check, answer } if check == wanted => Some(answer.as_str()),
        _ => None,
    })
}
