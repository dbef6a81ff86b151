//! Which parts of a file are in the machine's memory, without reading them.

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;

/// The smallest pages that there are, in bytes: what [`mincore`](libc::mincore) answers for, at the most.
const PAGE: usize = 4096;

/// A file, mapped and never touched: what nobody touches is not read either. Root's view, or that of who may write to it: anybody
/// else is told that all of it is known.
pub(super) struct View {
    start: NonNull<c_void>,
    length: usize,
}

impl View {
    /// A view of what a file is now.
    ///
    /// # Errors
    /// When it is empty or cannot be mapped.
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        let (protection, flags) = (libc::PROT_READ, libc::MAP_SHARED);
        // SAFETY: the kernel chooses a place that nobody uses, and the file is open through the call.
        let start =
            unsafe { libc::mmap(std::ptr::null_mut(), length, protection, flags, file.as_raw_fd(), 0) };
        match NonNull::new(start) {
            Some(start) if start.as_ptr() != libc::MAP_FAILED => Ok(Self { start, length }),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Whether a part, which begins with a page, can be had without the disk.
    ///
    /// # Errors
    /// When it is not a part of the file, or the kernel does not tell.
    pub(super) fn is_known(&self, offset: u64, length: usize) -> io::Result<bool> {
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        if offset.checked_add(length).is_none_or(|end| end > self.length) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut known = vec![0; length.div_ceil(PAGE)];
        // SAFETY: the part is in the mapping, and there is room for the answer of each page of it.
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
