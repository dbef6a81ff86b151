//! A memory as the difference from another one: that of the machine at the start from which it came.
//!
//! A saved memory is RAM, byte for byte ([`super::SavedMemory`]). So a page that a machine has not written
//! since the start is at the same place in both files. After a reboot of the machine many pages are
//! elsewhere: a page is then looked up in the whole base by its content.
//!
//! ```text
//! offset bytes
//!      0     8  HALABMEM
//!      8     4  the version of the format
//!     12     8  the length of the memory, in bytes: whole pages of 4 KiB
//!     20    32  the digest of the memory (`super::of_file`)
//!     52     8  the length of its base; 0: it has none
//!     60    32  the digest of its base; zeros if it has none
//!     92        one frame of zstd with a checksum: runs of pages, from the first page to the last
//!
//! a run       1  its kind
//!             4  the number of its pages, at least 1
//!                0  the pages of the base at the same place
//!                1  pages of zeros
//!             4  2  pages of the base from this one on
//!         pages  3  pages of its own, at most 256
//! ```
//!
//! Numbers are unsigned and little-endian. Runs follow each other without gaps, so none can overlap another
//! one, and together they have exactly the pages of the memory. A reader checks everything, the digest of the
//! result included: the file may be damaged, and so may the base.

mod pages;
mod read;
mod write;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;

use crate::model::spec::Digest;

pub use read::unpack;
pub use write::pack;

/// How a packed memory begins.
const MAGIC: &[u8; 8] = b"HALABMEM";

/// The version of the format that this program reads and writes.
const VERSION: u32 = 1;

/// The size of a page, in bytes.
const PAGE: usize = 4096;

/// The pages that are read, summed and written at once: a block of the digest.
const BLOCK_PAGES: usize = super::digest::BLOCK as usize / PAGE;

/// The most pages of a run of its own pages, which are kept until the run ends.
const MOST_OWN: usize = 256;

/// The largest window of a frame, as a power of two: what a reader needs as memory.
const WINDOW_LOG: u32 = 23;

/// The kinds of runs.
const SAME: u8 = 0;
const ZEROS: u8 = 1;
const MOVED: u8 = 2;
const OWN: u8 = 3;

/// A memory, as the description of its checkpoint has it.
#[derive(Debug, Clone, Copy)]
pub struct Described<'a> {
    /// Its length, in bytes.
    pub bytes: u64,
    /// Its digest.
    pub digest: &'a Digest,
}

/// The memory that another one is the difference from.
#[derive(Debug, Clone, Copy)]
pub struct Base<'a> {
    /// Its file.
    pub file: &'a File,
    /// What is in it.
    pub described: Described<'a>,
}

/// Why a memory cannot be packed or unpacked.
#[derive(Debug, thiserror::Error)]
pub enum PackedError {
    /// The user cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// A file cannot be read or written.
    #[error("a file of a memory cannot be read or written")]
    Io(#[from] io::Error),
    /// A memory that is no number of whole pages, or that has too many.
    #[error("a memory of {0} bytes cannot be packed")]
    Length(u64),
    /// The memory to be packed is not the one that was saved.
    #[error("the memory has changed since it was saved")]
    Changed,
    /// It is the file of something else.
    #[error("it is no packed memory")]
    NotPacked,
    /// Another version of this program has written it.
    #[error("it has version {0} of the format; this program reads version {VERSION}")]
    Version(u32),
    /// It is whole, but not the memory that the checkpoint describes.
    #[error("it is another memory than the one that was saved")]
    Other,
    /// It needs another base than the one that is there.
    #[error("it was packed with another start than the one that is there")]
    OtherBase,
    /// It cannot be read as the format says.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// All could be read, and the result is not the memory that was saved.
    #[error("it does not give the memory that was saved: it is damaged, or its start is")]
    Result,
}

/// The bytes of a digest.
fn bytes_of(digest: &Digest) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let text = digest.0.as_bytes();
    if text.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// The number of pages of a memory.
///
/// # Errors
/// When it is no number of whole pages, or has more than can be numbered.
fn pages_of(bytes: u64) -> Result<u32, PackedError> {
    let page = PAGE as u64;
    match u32::try_from(bytes / page) {
        Ok(pages) if bytes.is_multiple_of(page) => Ok(pages),
        _ => Err(PackedError::Length(bytes)),
    }
}

/// The offset of a page in its file, in bytes.
fn offset(page: u32) -> u64 {
    u64::from(page) * PAGE as u64
}
