//! Keeps the files of consoles small. QEMU appends all that a guest writes, and a guest may write without
//! end.

use std::io;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FallocateFlags, fallocate, ftruncate};

/// A longer file loses its beginning, in bytes.
const LONGEST: u64 = 8 << 20;

/// What it then keeps, in bytes: more than any boot writes.
const KEPT: u64 = 4 << 20;

/// File systems remove whole blocks only, which have at most this size, in bytes.
const BLOCK: u64 = 64 << 10;

/// How often sizes are checked. An emulated guest writes 2 MB in this time, a fast one some 50 MB.
const TURN: Duration = Duration::from_secs(10);

/// Checks the consoles of a folder until this process ends, in a thread of its own.
pub(super) fn keep_small(folder: std::path::PathBuf) {
    std::thread::spawn(move || {
        loop {
            for entry in fs_err::read_dir(&folder).into_iter().flatten().flatten() {
                // Without space on the disk the next turn tries again.
                let _ = shorten(&entry.path());
            }
            std::thread::sleep(TURN);
        }
    });
}

/// Removes the beginning of a file that is too long. Its end stays where a process appends to it.
fn shorten(file: &Path) -> io::Result<()> {
    let found = std::fs::symlink_metadata(file)?;
    if !found.is_file() || found.len() <= LONGEST {
        return Ok(());
    }
    let handle = std::fs::OpenOptions::new().write(true).open(file)?;
    let cut = (found.len() - KEPT) / BLOCK * BLOCK;
    match fallocate(&handle, FallocateFlags::COLLAPSE_RANGE, 0, cut) {
        Ok(()) => Ok(()),
        // A file system that cannot remove a beginning.
        Err(_) => Ok(ftruncate(&handle, 0)?),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_long_console_keeps_its_end() {
        let folder = tempfile::tempdir_in(".").unwrap();
        let path = folder.path().join("node1.log");
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&path).unwrap();
        file.write_all(&vec![b'a'; LONGEST as usize]).unwrap();
        shorten(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), LONGEST);
        file.write_all(b"the end").unwrap();
        shorten(&path).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() < KEPT + BLOCK + 7);
        file.write_all(b" and more").unwrap();
        let text = fs_err::read(&path).unwrap();
        // Where the file system cannot remove a beginning, nothing but the last words is left.
        assert!(text.ends_with(b"the end and more") || text == b" and more");
    }
}
