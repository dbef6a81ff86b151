//! Reads saved memories into the page cache, after a restart of the machine or when other work has evicted
//! them.
//!
//! A guest that runs on such a file is stopped at each page that it touches, until the disk has read that
//! page. Together that takes up to half a minute, in which its peers declare it dead. Read sequentially, the
//! same file takes a fraction of a second.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;

use super::view::View;

/// The size of a part that is checked and read at once, in bytes; whole pages.
const PART: usize = 64 * 1024;

/// Reads the parts of a file that are not in the page cache, until it is cancelled.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn recall(path: &Path, stop: impl Fn() -> bool) -> std::io::Result<()> {
    let file = File::open(path)?;
    let view = View::of(&file)?;
    let mut part = vec![0; PART];
    let mut from = 0;
    // A hole is not on the disk. It ends where a page begins.
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

    /// A file of four parts on the disk, with distances that are larger than the read-ahead.
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
            return; // The file system keeps everything in memory.
        }
        recall(&path, || true).unwrap();
        assert!(!known(&path, 600), "it was cancelled");
        recall(&path, || false).unwrap();
        assert!(known(&path, 0) && known(&path, 900), "nothing else has read these");
    }
}
