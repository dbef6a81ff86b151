//! The process without rights that reads a disk (`lab __disk`, internal).
//!
//! It opens the files of the disk, gives up its rights, and only then reads the first byte.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ext4_view::Ext4Read;
use imago::FormatAccess;
use imago::file::File;
use serde::{Deserialize, Serialize};

use super::layers::{Layer, stack};
use super::taken::Taken;
use super::walk::walk;
use crate::base::apart::{self, Apart, Heard, foreign};
use crate::base::confined::{self, Confinement, SystemCalls};
use crate::model::FilePattern;

/// The hidden subcommand.
const SUBCOMMAND: &str = "__disk";

/// What the process may use.
const CONFINEMENT: Confinement =
    Confinement { memory: 1 << 30, network: false, calls: SystemCalls::Internet };

/// How long it may take. A damaged file system can make it look at much.
const LIMIT: Duration = Duration::from_secs(60);

/// What is read.
#[derive(Debug, Serialize, Deserialize)]
struct Job {
    /// The files of the disk, the uppermost first.
    layers: Vec<Layer>,
    /// The files that are taken.
    patterns: Vec<FilePattern>,
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
    let job = Job { layers, patterns: patterns.to_vec() };
    let until = Instant::now() + LIMIT;
    let mut process = Apart::start(program, SUBCOMMAND, &job)?;
    loop {
        match process.hear::<Taken>()? {
            Heard::Said(taken) if taken.check(patterns) => return Ok(taken),
            Heard::Said(_) => return Err(foreign()),
            Heard::End => return Err(process.ended_early()),
            Heard::Nothing if cancel.load(Ordering::Relaxed) => return Err(io::Error::other("stopped")),
            Heard::Nothing if Instant::now() > until => return Err(io::ErrorKind::TimedOut.into()),
            Heard::Nothing => {}
        }
    }
}

/// Runs the hidden subcommand `__disk`; `None` for other arguments.
///
/// Call it before any thread is started.
pub fn intercept(arguments: &[OsString]) -> Option<ExitCode> {
    apart::intercept(arguments, SUBCOMMAND, |job: &Job, starter| {
        let files = job.layers.iter().map(Layer::open).collect::<io::Result<Vec<_>>>()?;
        confined::enter(&CONFINEMENT)?;
        let disk = Disk(stack(files)?);
        starter.say(&walk(Box::new(disk), &job.patterns)?)
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
