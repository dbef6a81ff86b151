//! Reading a record.

use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Event, FORMAT, Header, OLDEST, VERSION};

/// A whole record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its first line.
    pub header: Header,
    /// All that happened, in the order in which it was written; times may be out of order by a little.
    pub events: Vec<Event>,
    /// Whether the last line was cut off: the program was killed while it wrote.
    pub truncated: bool,
}

/// Why a record cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("the record cannot be read")]
    Io(#[from] std::io::Error),
    /// It is something else.
    #[error("{} is not a record of a drill", .0.display())]
    Foreign(PathBuf),
    /// Another version wrote it.
    #[error("{} has version {found} of its format, this program reads {OLDEST} to {VERSION}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// A line is not what the version promises.
    #[error("line {line} of {} cannot be understood", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

/// As much of the first line as every version has.
#[derive(Deserialize)]
struct Preface {
    format: String,
    version: u32,
}

/// Reads a record's file.
///
/// # Errors
/// See [`ReadError`]. A last line that was cut off is no error, see [`Record::truncated`].
pub fn read(path: &Path) -> Result<Record, ReadError> {
    let (header, lines) = open(path)?;
    let at = |line: usize| move |source| ReadError::Line { path: path.to_owned(), line, source };
    let mut record = Record { header, events: Vec::new(), truncated: false };
    let mut lines = lines.zip(2..).peekable();
    while let Some((line, number)) = lines.next() {
        match serde_json::from_str(&line?) {
            Ok(event) => record.events.push(event),
            Err(error) if error.is_eof() && lines.peek().is_none() => record.truncated = true,
            Err(error) => return Err(at(number)(error)),
        }
    }
    Ok(record)
}

/// Reads only the first line of a record's file.
///
/// # Errors
/// See [`ReadError`].
pub fn read_header(path: &Path) -> Result<Header, ReadError> {
    Ok(open(path)?.0)
}

/// A record's header, and its other lines.
fn open(path: &Path) -> Result<(Header, Lines<BufReader<fs_err::File>>), ReadError> {
    let mut lines = BufReader::new(fs_err::File::open(path)?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let preface: Preface = serde_json::from_str(&first).map_err(|_| ReadError::Foreign(path.to_owned()))?;
    if preface.format != FORMAT {
        return Err(ReadError::Foreign(path.to_owned()));
    }
    if !(OLDEST..=VERSION).contains(&preface.version) {
        return Err(ReadError::Version { path: path.to_owned(), found: preface.version });
    }
    let bad = |source| ReadError::Line { path: path.to_owned(), line: 1, source };
    Ok((serde_json::from_str(&first).map_err(bad)?, lines))
}
