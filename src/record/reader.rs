//! Reads records.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::lines::{Format, Rest, open};
use super::{Event, FORMAT, Header, VERSION, What};
use crate::model::drill::MOST_PARTS;

/// The limit of log rules, because each line is compared with all rules of its node.
const MOST_LOG_RULES: usize = 200;

/// The limit of step events: a call and a return for each step and node.
const MOST_STEP_EVENTS: usize = 4000;

/// A complete record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its first line.
    pub header: Header,
    /// All events, in the order of writing; times may be slightly out of order.
    pub events: Vec<Event>,
    /// Whether the last line was truncated because the program was killed while it wrote.
    pub truncated: bool,
}

/// Why a record cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("the record cannot be read")]
    Io(#[from] std::io::Error),
    /// It has another format.
    #[error("{} is not a record of a drill", .0.display())]
    Foreign(PathBuf),
    /// Another version wrote it.
    #[error("{} has version {found} of its format, this program reads {} to {}", path.display(), known.start(), known.end())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The versions that this program reads.
        known: RangeInclusive<u32>,
    },
    /// It has more entries of a kind than any drill.
    #[error("{} has {found} {what}, more than any drill", path.display())]
    TooMany {
        /// The file.
        path: PathBuf,
        /// The kind of entry.
        what: &'static str,
        /// Their number.
        found: usize,
    },
    /// A line does not end.
    #[error("line {line} of {} is longer than any line of a record", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A line does not match the format.
    #[error("line {line} of {} cannot be understood", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The error in it.
        #[source]
        source: serde_json::Error,
    },
}

/// Reads a record's file.
///
/// # Errors
/// See [`ReadError`]. A truncated last line is not an error, see [`Record::truncated`].
pub fn read(path: &Path) -> Result<Record, ReadError> {
    let (header, rest) = begin(path)?;
    let mut events: Vec<Event> = Vec::new();
    let cut = rest.each(|event| events.push(event))?;
    let steps = events.iter().filter(|event| matches!(event.what, What::Step { .. })).count();
    at_most(path, "calls and returns of steps", steps, MOST_STEP_EVENTS)?;
    Ok(Record { header, events, truncated: cut.is_some() })
}

/// Reads only the first line of a record's file.
///
/// # Errors
/// See [`ReadError`].
pub fn read_header(path: &Path) -> Result<Header, ReadError> {
    Ok(begin(path)?.0)
}

/// A record's header, and its other lines.
fn begin(path: &Path) -> Result<(Header, Rest<'_>), ReadError> {
    let (header, rest): (Header, _) = open(path, &Format { name: FORMAT, versions: VERSION..=VERSION })?;
    let drill = &header.drill;
    at_most(path, "loads", drill.loads.len(), MOST_PARTS)?;
    // Each of them may have a step that ends it.
    at_most(path, "steps", drill.steps.len(), 2 * MOST_PARTS)?;
    at_most(path, "measurements", drill.measures.len(), MOST_PARTS)?;
    at_most(path, "ramps", drill.ramps.len(), MOST_PARTS)?;
    let rules = header.lab.stacks.iter().map(|stack| stack.logs.len()).sum();
    at_most(path, "rules of logs", rules, MOST_LOG_RULES)?;
    Ok((header, rest))
}

/// The time for a report grows with these numbers, for some of them with the square.
fn at_most(path: &Path, what: &'static str, found: usize, most: usize) -> Result<(), ReadError> {
    if found > most { Err(ReadError::TooMany { path: path.to_owned(), what, found }) } else { Ok(()) }
}
