//! Saved memories that the machine has forgotten: after a restart of its own, or when other work took their place.
//!
//! A guest that runs on such a file stands still at each page that it touches, until the disk has read that one. Together that is
//! up to half a minute, in which its peers take it for dead. Read from the front to the end, the same file takes a fraction of a second.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;

use super::view::View;

/// What is looked at and read at once, in bytes; whole pages.
const PART: usize = 64 * 1024;

/// Reads what of a file is not in the machine's memory, until it is told to stop.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn recall(path: &Path, stop: impl Fn() -> bool) -> std::io::Result<()> {
    let file = File::open(path)?;
    let view = View::of(&file)?;
    let mut part = vec![0; PART];
    let mut from = 0;
    // A hole is nowhere on the disk. Where it ends, a page begins.
    while let Some(begin) = next(&file, SeekFrom::Data(from))? {
        let end = next(&file, SeekFrom::Hole(begin))?.unwrap_or(begin);
        for offset in (begin..end).step_by(PART) {
            if stop() {
                return Ok(());
            }
            let part = &mut part[..usize::try_from(end - offset).unwrap_or(PART).min(PART)];
            if !view.is_known(offset, part.len())? {
                file.read_exact_at(part, offset)?;
            }
        }
        from = end;
    }
    Ok(())
}

/// Where the next data or the next hole begins.
fn next(file: &File, from: SeekFrom) -> std::io::Result<Option<u64>> {
    match seek(file, from) {
        Ok(offset) => Ok(Some(offset)),
        Err(Errno::NXIO) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of four parts on the disk, so far from each other that reading one ahead does not reach the next.
    fn file(folder: &Path) -> std::path::PathBuf {
        let path = folder.join("ram");
        let file = File::create(&path).unwrap();
        file.set_len(1024 * PART as u64).unwrap();
        for part in [0, 300, 600, 900] {
            file.write_all_at(&[7; PART], part * PART as u64).unwrap();
        }
        file.sync_all().unwrap();
        path
    }

    fn known(path: &Path, part: u64) -> bool {
        View::of(&File::open(path).unwrap()).unwrap().is_known(part * PART as u64, PART).unwrap()
    }

    #[test]
    fn what_was_forgotten_is_read() {
        let folder = tempfile::tempdir_in(".").unwrap();
        let path = file(folder.path());
        rustix::fs::fadvise(File::open(&path).unwrap(), 0, None, rustix::fs::Advice::DontNeed).unwrap();
        if known(&path, 300) {
            return; // The file system keeps all that it has, as one in memory does.
        }
        recall(&path, || true).unwrap();
        assert!(!known(&path, 600), "it was told to stop");
        recall(&path, || false).unwrap();
        assert!(known(&path, 0) && known(&path, 900), "nobody else has looked at these");
    }
}
