//! Which checkpoints were found whole since the machine started.
//!
//! A restore compares lengths, because reading everything takes seconds. While the machine runs, only root
//! can write to a checkpoint's files. Its disk may have been changed while it was off, so the first restore
//! after a start reads all files and notes what it has read.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Checkpoint;
use crate::base::write;

/// The name of the note, in the checkpoint's folder.
const FILE: &str = "verified.json";

/// Where the kernel names this start of the machine.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// What was read, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Verified {
    /// The start of the machine.
    boot: String,
    /// Each file, as it was then.
    files: Vec<SeenFile>,
}

/// A file that a later one with the same name cannot be mistaken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SeenFile {
    path: String,
    inode: u64,
    bytes: u64,
    /// When its content changed last, in seconds and nanoseconds.
    modified: (i64, i64),
}

impl Verified {
    /// The present files of a checkpoint in its folder.
    fn now(checkpoint: &Checkpoint, folder: &Path) -> std::io::Result<Self> {
        let boot = fs_err::read_to_string(BOOT)?;
        let files = checkpoint.files().map(|file| {
            let found = fs_err::symlink_metadata(folder.join(&file.path))?;
            let modified = (found.mtime(), found.mtime_nsec());
            Ok(SeenFile { path: file.path.clone(), inode: found.ino(), bytes: found.len(), modified })
        });
        Ok(Self { boot, files: files.collect::<std::io::Result<_>>()? })
    }
}

/// Whether the files of a checkpoint are those that were noted since the machine started.
pub(super) fn is_noted(checkpoint: &Checkpoint, folder: &Path) -> bool {
    let noted = fs_err::read(folder.join(FILE)).ok();
    let noted = noted.and_then(|text| serde_json::from_slice::<Verified>(&text).ok());
    noted.is_some() && noted == Verified::now(checkpoint, folder).ok()
}

/// Notes that the files of a checkpoint have their digests.
///
/// # Errors
/// When a file cannot be found, or the note cannot be written.
pub(super) fn note(checkpoint: &Checkpoint, folder: &Path) -> std::io::Result<()> {
    let now = serde_json::to_vec(&Verified::now(checkpoint, folder)?)?;
    write::until_restart(&folder.join(FILE), &now)
}
