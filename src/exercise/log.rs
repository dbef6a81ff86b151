//! The log of exercises on an instance: JSON lines, append-only, each with the digest of the line before.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::outcome::Outcome;
use super::vary::Values;
use crate::base::text::hexadecimal;
use crate::base::write;
use crate::model::spec::Digest;
use crate::model::{CheckName, CheckpointId, CheckpointName, ExerciseName, LabName};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Line {
    /// Its number, from 1.
    pub number: u64,
    /// When it was written.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
    /// The SHA-256 of the line before, in hexadecimal digits; of the first line: nothing.
    pub previous: String,
}

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

/// Why a log cannot be trusted.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// It cannot be read or written.
    #[error("the log of the exercise cannot be read or written")]
    Io(#[from] io::Error),
    /// A line is damaged, missing or was changed.
    #[error("line {0} of the log was changed, or one before it is missing")]
    Changed(usize),
}

/// The log of an instance.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    lines: Vec<Line>,
    /// The SHA-256 of the last line.
    head: String,
    /// The length of all whole lines in bytes.
    length: u64,
}

impl Log {
    /// Reads a log and checks its chain. A last line that was not written to its end is left out. No file is
    /// an empty log.
    ///
    /// # Errors
    /// When it cannot be read, or a line was changed.
    pub fn open(path: &Path) -> Result<Self, LogError> {
        let text = match fs_err::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error.into()),
        };
        let mut log = Self { path: path.to_owned(), lines: Vec::new(), head: String::new(), length: 0 };
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        for (index, text) in text[..whole].lines().enumerate() {
            let line: Line = serde_json::from_str(text).map_err(|_| LogError::Changed(index + 1))?;
            if line.previous != log.head || line.number != index as u64 + 1 {
                return Err(LogError::Changed(index + 1));
            }
            log.head = digest(text);
            log.length += text.len() as u64 + 1;
            log.lines.push(line);
        }
        Ok(log)
    }

    /// All lines.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The digest of the last line: a receipt for all that happened until then.
    pub fn head(&self) -> &str {
        &self.head
    }

    /// Appends an event. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written; the log is then as before.
    pub fn append(&mut self, event: Event) -> Result<(), LogError> {
        let number = self.lines.len() as u64 + 1;
        let line = Line { number, at: Timestamp::now(), event, previous: self.head.clone() };
        let text = serde_json::to_string(&line).map_err(io::Error::from)?;
        if let Some(folder) = self.path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        let mut file = write::private().create(true).append(true).open(&self.path)?;
        // What a killed process left of a line goes away.
        file.set_len(self.length)?;
        let written = file.write_all(format!("{text}\n").as_bytes()).and_then(|()| file.sync_data());
        if let Err(error) = written {
            file.set_len(self.length)?;
            return Err(error.into());
        }
        self.head = digest(&text);
        self.length += text.len() as u64 + 1;
        self.lines.push(line);
        Ok(())
    }

    /// The attempt that goes on: its line, and the lines after it. None if there is none, or it was finished.
    pub fn current(&self) -> Option<(&Attempt, &[Line])> {
        let (attempt, lines) = self.last()?;
        let finished = lines.iter().any(|line| line.event == Event::Finished);
        (!finished).then_some((attempt, lines))
    }

    /// The last attempt, finished or not.
    pub fn last(&self) -> Option<(&Attempt, &[Line])> {
        let place = self.lines.iter().rposition(|line| matches!(line.event, Event::Started(_)))?;
        let Event::Started(attempt) = &self.lines.get(place)?.event else { return None };
        Some((attempt, &self.lines[place + 1..]))
    }
}

fn digest(text: &str) -> String {
    hexadecimal(&Sha256::digest(text.as_bytes()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_shows_what_was_changed_and_survives_a_kill() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        let mut log = Log::open(&path).unwrap();
        for number in 1..=3 {
            log.append(Event::Hinted { number, cost: 5 }).unwrap();
        }
        let whole = fs_err::read_to_string(&path).unwrap();
        let again = Log::open(&path).unwrap();
        assert_eq!((again.lines(), again.head()), (log.lines(), log.head()));

        // A line that was not written to its end is left out, and the next one takes its place.
        fs_err::write(&path, format!("{whole}{{\"number\":4,\"at\"")).unwrap();
        let mut torn = Log::open(&path).unwrap();
        assert_eq!(torn.lines().len(), 3);
        torn.append(Event::Undone).unwrap();
        assert_eq!(Log::open(&path).unwrap().lines().len(), 4);

        fs_err::write(&path, whole.replacen("\"cost\":5", "\"cost\":0", 1)).unwrap();
        assert!(matches!(Log::open(&path), Err(LogError::Changed(2))));
        let without: String = whole.lines().skip(1).map(|line| format!("{line}\n")).collect();
        fs_err::write(&path, without).unwrap();
        assert!(matches!(Log::open(&path), Err(LogError::Changed(1))));
    }
}
