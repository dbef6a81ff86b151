//! The journal of an instance: the intended actions of each run, written before they are performed.
//!
//! It does not describe what exists (the host does); it shows the user what a killed run was doing. It
//! consists of JSON lines: for each run a header, then its steps. Each line is appended with one write, so a
//! kill can tear only the last line.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use fs_err::File;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::write;

/// The journal's name in the instance's folder.
pub(super) const FILE: &str = "journal.jsonl";

/// The version of the format.
const SCHEMA: u32 = 1;

/// The header of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunHeader {
    /// The version of the journal's format.
    pub schema: u32,
    /// The version of the program.
    pub version: String,
    /// Its process number.
    pub pid: u32,
    /// The command: `lab up`.
    pub command: String,
    /// Whether the lab did not exist before.
    pub fresh: bool,
    /// Its start time.
    pub at: Timestamp,
}

impl RunHeader {
    /// The header of this process, with the present time.
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
pub(super) enum JournalEntry {
    /// A run started.
    Run(RunHeader),
    /// A step is about to be performed.
    Begun {
        /// Its position in the plan.
        step: usize,
        /// Its action as text.
        action: String,
    },
    /// A step is done.
    Done {
        /// Its position in the plan.
        step: usize,
    },
    /// A step failed.
    Failed {
        /// Its position in the plan.
        step: usize,
        /// The error.
        error: String,
    },
    /// A step was undone.
    Undone {
        /// Its position in the plan.
        step: usize,
    },
    /// The run ended normally.
    Finished {
        /// Whether all steps were done.
        ok: bool,
    },
}

/// A journal open for writing.
#[derive(Debug)]
pub struct PlanJournal {
    file: File,
}

impl PlanJournal {
    /// Opens the journal in an instance's folder, creating both if needed, and records the start of a run.
    ///
    /// # Errors
    /// When the folder cannot be created or written.
    pub fn open(folder: &Path, header: RunHeader) -> io::Result<Self> {
        fs_err::create_dir_all(folder)?;
        let mut file = write::private().create(true).read(true).append(true).open(folder.join(FILE))?;
        write::make_private(file.file())?;
        if is_torn(&mut file)? {
            file.write_all(b"\n")?;
        }
        let mut journal = Self { file };
        journal.note(&JournalEntry::Run(header))?;
        Ok(journal)
    }

    /// Appends one line.
    pub(super) fn note(&mut self, entry: &JournalEntry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

/// Whether the last line is incomplete.
fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// A run that was killed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Interrupted {
    /// Its header.
    pub run: RunHeader,
    /// The steps in progress, as text.
    pub during: Vec<String>,
}

/// Whether the last run on an instance was killed, and during which steps. The caller must hold the
/// instance's lock, because a run in progress looks the same.
///
/// # Errors
/// When the journal exists but cannot be read.
pub fn interrupted(folder: &Path) -> io::Result<Option<Interrupted>> {
    let text = match fs_err::read(folder.join(FILE)) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut last: Option<(RunHeader, Vec<(usize, String)>)> = None;
    // An unreadable line is the torn end of a killed run, or from a newer version; neither is an error.
    for entry in text.lines().filter_map(|line| serde_json::from_slice(line.as_bytes()).ok()) {
        match (entry, &mut last) {
            (JournalEntry::Run(header), _) => last = Some((header, Vec::new())),
            (JournalEntry::Begun { step, action }, Some((_, open))) => open.push((step, action)),
            (JournalEntry::Done { step } | JournalEntry::Failed { step, .. }, Some((_, open))) => {
                open.retain(|(id, _)| *id != step);
            }
            (JournalEntry::Finished { .. }, _) => last = None,
            (JournalEntry::Undone { .. }, _) | (_, None) => {}
        }
    }
    Ok(last
        .map(|(run, open)| Interrupted { run, during: open.into_iter().map(|(_, action)| action).collect() }))
}
