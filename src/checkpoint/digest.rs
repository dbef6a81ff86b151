//! The digest of a large sparse file.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::fs::SeekFrom;
use sha2::{Digest as _, Sha256};

use crate::base::text::hexadecimal;
use crate::model::spec::Digest;

/// The unit in which zeros are skipped, in bytes. It is part of the digest's definition.
pub(super) const BLOCK: u64 = 64 * 1024;

/// A block of zeros. To compare with it is fast also in a program that is not optimized.
static ZEROS: [u8; BLOCK as usize] = [0; BLOCK as usize];

/// An error in reading a file.
pub type DigestError = io::Error;

/// The digest of a content that comes block by block, from the first to the last: the SHA-256 of its length
/// and of each block that is not all zeros, preceded by its number.
pub(super) struct Summing(Sha256);

impl Summing {
    /// Of a content of this length, in bytes.
    pub(super) fn of(length: u64) -> Self {
        let mut sum = Sha256::new();
        sum.update(length.to_le_bytes());
        Self(sum)
    }

    /// Adds a block. One of zeros changes nothing, and can be left out.
    pub(super) fn add(&mut self, number: u64, block: &[u8]) {
        if block != &ZEROS[..block.len()] {
            self.0.update(number.to_le_bytes());
            self.0.update(block);
        }
    }

    pub(super) fn digest(self) -> Digest {
        Digest(hexadecimal(&self.0.finalize()))
    }
}

/// The SHA-256 of a file's length and of each 64 KiB block that is not all zeros, preceded by its number.
/// Holes and zeros give the same digest, and only allocated data are read.
///
/// # Errors
/// When the file cannot be read.
pub fn of_file(path: &Path) -> Result<Digest, DigestError> {
    let file = fs_err::File::open(path)?.into_parts().0;
    let length = file.metadata()?.len();
    let mut sum = Summing::of(length);
    let mut block = vec![0; BLOCK as usize];
    let mut at = 0;
    while let Some(start) = next_data(&file, at, length)? {
        let number = start / BLOCK;
        let size = BLOCK.min(length - number * BLOCK);
        let part = &mut block[..size as usize];
        file.read_exact_at(part, number * BLOCK)?;
        sum.add(number, part);
        at = (number + 1) * BLOCK;
    }
    Ok(sum.digest())
}

/// The offset of the next data at or after `at`.
pub(super) fn next_data(file: &File, at: u64, length: u64) -> io::Result<Option<u64>> {
    if at >= length {
        return Ok(None);
    }
    match rustix::fs::seek(file.as_fd(), SeekFrom::Data(at)) {
        Ok(start) => Ok(Some(start.max(at))),
        Err(rustix::io::Errno::NXIO) => Ok(None),
        // The file system does not support holes.
        Err(rustix::io::Errno::INVAL) => Ok(Some(at)),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_zeros_and_every_byte_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let write = |name: &str, content: &[u8]| fs_err::write(path(name), content).unwrap();
        let mut content = vec![0; 5 * BLOCK as usize + 7];
        content[3 * BLOCK as usize + 5] = 1;
        write("full", &content);
        let holes = fs_err::File::create(path("holes")).unwrap().into_parts().0;
        holes.set_len(content.len() as u64).unwrap();
        holes.write_all_at(&[1], 3 * BLOCK + 5).unwrap();
        assert_eq!(of_file(&path("full")).unwrap(), of_file(&path("holes")).unwrap());

        let mut other = content.clone();
        other.push(0);
        write("longer", &other);
        content.swap(3 * BLOCK as usize + 5, BLOCK as usize);
        write("elsewhere", &content);
        let all: std::collections::BTreeSet<_> =
            ["full", "longer", "elsewhere"].map(|name| of_file(&path(name)).unwrap()).into();
        assert_eq!(all.len(), 3);
    }
}
