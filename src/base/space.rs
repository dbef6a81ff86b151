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

/// The part of a file system that is used, in percent, as df(1) counts it: of what is used and what a program
/// can still write. What is kept for root or by a quota is neither.
///
/// # Errors
/// When there is no such file.
pub fn used_percent(path: &Path) -> io::Result<u32> {
    let found = rustix::fs::statvfs(path)?;
    Ok(percent(found.f_blocks.saturating_sub(found.f_bfree), found.f_bavail))
}

/// Rounded up, so that a full one has 100 percent.
fn percent(used: u64, free: u64) -> u32 {
    let all = u128::from(used) + u128::from(free);
    let percent = (u128::from(used) * 100).div_ceil(all.max(1));
    if all == 0 { 100 } else { u32::try_from(percent).unwrap_or(100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_used() {
        let parts = [(0, 100), (89, 11), (90, 10), (901, 99), (1, u64::MAX), (u64::MAX, 1), (0, 0)];
        assert_eq!(parts.map(|(used, free)| percent(used, free)), [0, 89, 90, 91, 1, 100, 100]);
    }
}
