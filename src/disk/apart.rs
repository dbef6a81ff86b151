//! The process without rights that reads a disk (`lab __disk`, internal).
//!
//! It opens the files of the disk, gives up its rights, and only then reads the first byte.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use ext4_view::Ext4Read;
use imago::FormatAccess;
use imago::file::File;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::layers::{Layer, stack};
use super::search::search;
use super::taken::Taken;
use super::walk::walk;
use crate::base::apart::{self, Apart, foreign};
use crate::base::confined::{self, Confinement, SystemCalls};
use crate::model::FilePattern;

/// The hidden subcommand.
const SUBCOMMAND: &str = "__disk";

/// What the process may use.
const CONFINEMENT: Confinement =
    Confinement { memory: 1 << 30, network: false, calls: SystemCalls::Internet };

/// How long it may take. A damaged file system can make it look at much.
const LIMIT: Duration = Duration::from_secs(60);

/// What is read, and for what.
#[derive(Debug, Serialize, Deserialize)]
struct Job {
    /// The files of the disk, the uppermost first.
    layers: Vec<Layer>,
    /// What is looked for.
    task: Task,
}

#[derive(Debug, Serialize, Deserialize)]
enum Task {
    /// The files of these patterns.
    Files(Vec<FilePattern>),
    /// Which of these texts are there.
    Texts(Vec<String>),
}

/// Takes the files of some patterns from a disk that nothing writes to. `program` is the executable of `lab`.
///
/// # Errors
/// When the disk cannot be read, has more than is allowed, or the process says what is not its own.
pub fn read_files(
    program: &Path,
    layers: Vec<Layer>,
    patterns: &[FilePattern],
    cancel: &AtomicBool,
) -> io::Result<Taken> {
    let job = Job { layers, task: Task::Files(patterns.to_vec()) };
    answer(program, &job, |taken: &Taken| taken.check(patterns), cancel)
}

/// Which of some texts are on a disk that nothing writes to, by their indexes. `program` is the executable of
/// `lab`. A text that is compressed, or does not lie in one piece, is not found.
///
/// # Errors
/// When the disk cannot be read, there are too many texts, or the process says what is not its own.
pub fn find_texts(
    program: &Path,
    layers: Vec<Layer>,
    texts: &[String],
    cancel: &AtomicBool,
) -> io::Result<BTreeSet<usize>> {
    let job = Job { layers, task: Task::Texts(texts.to_vec()) };
    let own = |found: &BTreeSet<usize>| found.last().is_none_or(|last| *last < texts.len());
    answer(program, &job, own, cancel)
}

/// The answer of the process, if it is one that it may give.
fn answer<T: DeserializeOwned>(
    program: &Path,
    job: &Job,
    own: impl Fn(&T) -> bool,
    cancel: &AtomicBool,
) -> io::Result<T> {
    let found = Apart::start(program, SUBCOMMAND, job)?.answer(LIMIT, cancel)?;
    if own(&found) { Ok(found) } else { Err(foreign()) }
}

/// Runs the hidden subcommand `__disk`; `None` for other arguments.
///
/// Call it before any thread is started.
pub fn intercept(arguments: &[OsString]) -> Option<ExitCode> {
    apart::intercept(arguments, SUBCOMMAND, |job: &Job, starter| {
        let files = job.layers.iter().map(Layer::open).collect::<io::Result<Vec<_>>>()?;
        confined::enter(&CONFINEMENT)?;
        let disk = stack(files)?;
        match &job.task {
            Task::Files(patterns) => starter.say(&walk(Box::new(Disk(disk)), patterns)?),
            Task::Texts(texts) => starter.say(&search(&disk, texts)?),
        }
    })
}

/// A disk, for the reader of its file system.
pub(crate) struct Disk(pub(crate) FormatAccess<File>);

impl Ext4Read for Disk {
    fn read(
        &mut self,
        start: u64,
        into: &mut [u8],
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync + 'static>> {
        let end = start.checked_add(into.len() as u64).filter(|end| *end <= self.0.size());
        end.ok_or("the disk ends before")?;
        Ok(self.0.read(into, start)?)
    }
}
