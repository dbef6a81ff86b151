//! The journal of an instance: what each run set out to do, noted before it was done.
//!
//! It is not the truth about what exists, the host is; it tells the user what an earlier run was at when it was
//! killed. JSON lines, one header for each run, then its steps. It is only ever appended to, each line with one write,
//! so whatever kills `lab` can tear only the last line.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use fs_err::{File, OpenOptions};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The journal's name in the instance's folder.
pub(super) const FILE: &str = "journal.jsonl";

/// The version of the format.
const SCHEMA: u32 = 1;

/// What a run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the journal's format.
    pub schema: u32,
    /// The version of the program.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// The command: `lab up`.
    pub command: String,
    /// Whether nothing of the lab was there before.
    pub fresh: bool,
    /// When it began.
    pub at: Timestamp,
}

impl Header {
    /// The header of this process, now.
    pub fn now(command: &str, fresh: bool) -> Self {
        Self {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            command: command.to_owned(),
            fresh,
            at: Timestamp::now(),
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Entry {
    /// A run began.
    Run(Header),
    /// A step is about to be done.
    Begun {
        /// Its place in the plan.
        step: usize,
        /// What it does, in words.
        action: String,
    },
    /// A step is done.
    Done {
        /// Its place in the plan.
        step: usize,
    },
    /// A step failed.
    Failed {
        /// Its place in the plan.
        step: usize,
        /// Why.
        error: String,
    },
    /// A step was taken back.
    Undone {
        /// Its place in the plan.
        step: usize,
    },
    /// The run came to its own end.
    Finished {
        /// Whether everything was done.
        ok: bool,
    },
}

/// A journal that is open for writing.
#[derive(Debug)]
pub struct Journal {
    file: File,
}

impl Journal {
    /// Opens the journal in an instance's folder, making both if need be, and notes that a run begins.
    ///
    /// # Errors
    /// When the folder cannot be made or written to.
    pub fn open(folder: &Path, header: Header) -> io::Result<Self> {
        fs_err::create_dir_all(folder)?;
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(folder.join(FILE))?;
        if is_torn(&mut file)? {
            file.write_all(b"\n")?;
        }
        let mut journal = Self { file };
        journal.note(&Entry::Run(header))?;
        Ok(journal)
    }

    /// Appends one line.
    pub(super) fn note(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

/// Whether the last line has no end.
fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// A run that did not come to its own end: it was killed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Interrupted {
    /// Which.
    pub run: Header,
    /// The steps that it was at, in words.
    pub during: Vec<String>,
}

/// Whether the last run on an instance was killed, and in the middle of what. Ask while holding the instance's lock,
/// else a run that is still going looks the same.
///
/// # Errors
/// When the journal is there but cannot be read.
pub fn interrupted(folder: &Path) -> io::Result<Option<Interrupted>> {
    let text = match fs_err::read(folder.join(FILE)) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut last: Option<(Header, Vec<(usize, String)>)> = None;
    // A line that cannot be read is the torn end of a killed run, or from a newer version: neither is an error here.
    for entry in text.lines().filter_map(|line| serde_json::from_str(line).ok()) {
        match (entry, &mut last) {
            (Entry::Run(header), _) => last = Some((header, Vec::new())),
            (Entry::Begun { step, action }, Some((_, open))) => open.push((step, action)),
            (Entry::Done { step } | Entry::Failed { step, .. }, Some((_, open))) => {
                open.retain(|(id, _)| *id != step);
            }
            (Entry::Finished { .. }, _) => last = None,
            (Entry::Undone { .. }, _) | (_, None) => {}
        }
    }
    Ok(last
        .map(|(run, open)| Interrupted { run, during: open.into_iter().map(|(_, action)| action).collect() }))
}
