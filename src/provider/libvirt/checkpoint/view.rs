//! Finds the parts of a file that are in the page cache, without reading them.

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;

/// The smallest page size, in bytes: [`mincore`](libc::mincore) reports on units of at least this size.
const PAGE: usize = 4096;

/// A file that is mapped and never touched, so that mapping it reads nothing. Only root and users who may
/// write to the file get correct answers: for all others the kernel reports the whole file as resident.
pub(super) struct View {
    start: NonNull<c_void>,
    length: usize,
}

impl View {
    /// A view of the present content of a file.
    ///
    /// # Errors
    /// When it is empty or cannot be mapped.
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        let (protection, flags) = (libc::PROT_READ, libc::MAP_SHARED);
        // SAFETY: the kernel chooses an unused address range, and the file is open during the call.
        let start =
            unsafe { libc::mmap(std::ptr::null_mut(), length, protection, flags, file.as_raw_fd(), 0) };
        match NonNull::new(start) {
            Some(start) if start.as_ptr() != libc::MAP_FAILED => Ok(Self { start, length }),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Whether a part, which begins at a page boundary, can be read without the disk.
    ///
    /// # Errors
    /// When it is not a part of the file, or the kernel does not answer.
    pub(super) fn is_known(&self, offset: u64, length: usize) -> io::Result<bool> {
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        if offset.checked_add(length).is_none_or(|end| end > self.length) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut known = vec![0; length.div_ceil(PAGE)];
        // SAFETY: the part is in the mapping, and the buffer has one byte for each of its pages.
        let status = unsafe { libc::mincore(self.start.add(offset).as_ptr(), length, known.as_mut_ptr()) };
        match status {
            0 => Ok(known.iter().all(|page| page & 1 == 1)),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // SAFETY: nothing points into the mapping.
        unsafe { libc::munmap(self.start.as_ptr(), self.length) };
    }
}
