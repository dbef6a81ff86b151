//! The space of a file system, and the part of it that is kept free: on a full disk all instances of a
//! machine stop at once, and their guests see write errors.

use std::io;
use std::path::Path;

/// The reserve, in bytes: what running instances write while an administrator makes room.
const RESERVE: u64 = 1 << 30;

/// On a small disk, this part of it.
const SMALL: u64 = 20;

/// The space of a file system, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Its size.
    pub all: u64,
    /// What a program can still write.
    pub free: u64,
}

impl Space {
    /// The space of the file system with this file or folder.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn of(path: &Path) -> io::Result<Self> {
        let found = rustix::fs::statvfs(path)?;
        Ok(Self { all: found.f_blocks * found.f_frsize, free: found.f_bavail * found.f_frsize })
    }

    /// The part that is kept free, in bytes: no work that makes large files begins or goes on with less.
    pub fn reserve(self) -> u64 {
        RESERVE.min(self.all / SMALL)
    }

    /// Whether less is free than the reserve.
    pub fn is_short(self) -> bool {
        self.free < self.reserve()
    }
}
