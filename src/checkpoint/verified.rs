//! Which checkpoints were found whole since the machine started.
//!
//! A restore compares lengths, because reading everything takes seconds. While the machine runs, only root
//! can write to a checkpoint's files. Its disk may have been changed while it was off, so the first restore
//! after a start reads all files and notes what it has read.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Checkpoint, SavedFile};
use crate::base::write;

/// The name of the note, in the checkpoint's folder.
const FILE: &str = "verified.json";

/// The name of the note of the memories that are unpacked. It is of this start of the machine, too: what a
/// killed process left before is not on the disk in whole.
const UNPACKED: &str = "unpacked.json";

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
    /// The present files in the folder of a checkpoint.
    fn now<'a>(files: impl Iterator<Item = &'a SavedFile>, folder: &Path) -> std::io::Result<Self> {
        let boot = fs_err::read_to_string(BOOT)?;
        let files = files.map(|file| {
            let found = fs_err::symlink_metadata(folder.join(&file.path))?;
            let modified = (found.mtime(), found.mtime_nsec());
            Ok(SeenFile { path: file.path.clone(), inode: found.ino(), bytes: found.len(), modified })
        });
        Ok(Self { boot, files: files.collect::<std::io::Result<_>>()? })
    }
}

/// Whether the files of a checkpoint are those that were noted since the machine started.
pub(super) fn is_noted(checkpoint: &Checkpoint, folder: &Path) -> bool {
    is_now(Verified::now(checkpoint.files(), folder), &folder.join(FILE))
}

/// Whether the packed memories of a checkpoint are unpacked, as it was noted since the machine started.
pub(super) fn is_unpacked(checkpoint: &Checkpoint, folder: &Path) -> bool {
    is_now(Verified::now(unpacked(checkpoint), folder), &folder.join(UNPACKED))
}

fn is_now(now: std::io::Result<Verified>, note: &Path) -> bool {
    let noted = fs_err::read(note).ok();
    let noted = noted.and_then(|text| serde_json::from_slice::<Verified>(&text).ok());
    noted.is_some() && noted == now.ok()
}

/// The files that unpacking gives.
fn unpacked(checkpoint: &Checkpoint) -> impl Iterator<Item = &SavedFile> {
    let memories = checkpoint.nodes.iter().filter_map(|node| node.memory.as_ref());
    memories.filter(|memory| memory.packed.is_some()).map(|memory| &memory.ram)
}

/// Notes that the files of a checkpoint have their digests.
///
/// # Errors
/// When a file cannot be found, or the note cannot be written.
pub(super) fn note(checkpoint: &Checkpoint, folder: &Path) -> std::io::Result<()> {
    let now = serde_json::to_vec(&Verified::now(checkpoint.files(), folder)?)?;
    write::until_restart(&folder.join(FILE), &now)
}

/// Notes that the packed memories of a checkpoint are unpacked.
///
/// # Errors
/// As [`note`].
pub(super) fn note_unpacked(checkpoint: &Checkpoint, folder: &Path) -> std::io::Result<()> {
    let now = serde_json::to_vec(&Verified::now(unpacked(checkpoint), folder)?)?;
    write::until_restart(&folder.join(UNPACKED), &now)
}
