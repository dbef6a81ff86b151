//! Reads a file that another program appends to: its end, and what is added later, in pieces.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// The largest piece, in bytes.
const PIECE: usize = 64 * 1024;

/// A file that grows. When it becomes shorter, it was begun again, and is read from its start.
#[derive(Debug)]
pub struct Growing {
    file: File,
    at: u64,
    piece: Box<[u8]>,
}

impl Growing {
    /// Opens a file, to be read from its start.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = fs_err::File::open(path)?.into_parts().0;
        Ok(Self { file, at: 0, piece: vec![0; PIECE].into() })
    }

    /// Leaves out what is there, but for the last bytes.
    ///
    /// # Errors
    /// When its length cannot be read.
    pub fn skip_to_last(&mut self, bytes: u64) -> io::Result<()> {
        self.at = self.at.max(self.file.metadata()?.len().saturating_sub(bytes));
        Ok(())
    }

    /// The next piece; empty if there is nothing new.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn next(&mut self) -> io::Result<&[u8]> {
        if self.file.metadata()?.len() < self.at {
            self.at = 0;
        }
        self.file.seek(SeekFrom::Start(self.at))?;
        let count = self.file.read(&mut self.piece)?;
        self.at += count as u64;
        Ok(self.piece.get(..count).unwrap_or_default())
    }
}

/// The last bytes of a file, at most `most`; from the beginning of a line if something was left out and they
/// have a line end.
///
/// # Errors
/// When it cannot be read.
pub fn tail(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut file = fs_err::File::open(path)?;
    let start = file.metadata()?.len().saturating_sub(most);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    if start > 0
        && let Some(end) = bytes.iter().position(|byte| *byte == b'\n')
    {
        bytes.drain(..=end);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_is_added_comes_once_and_a_file_begun_again_from_its_start() {
        let path = tempfile::NamedTempFile::new().unwrap();
        let append = |text: &[u8]| {
            let mut file = fs_err::OpenOptions::new().append(true).open(path.path()).unwrap();
            file.write_all(text).unwrap();
        };
        append(b"a long first life\n");
        let mut growing = Growing::open(path.path()).unwrap();
        assert_eq!(growing.next().unwrap(), b"a long first life\n");
        assert_eq!(growing.next().unwrap(), b"");
        append(b"more\n");
        assert_eq!(growing.next().unwrap(), b"more\n");
        fs_err::write(path.path(), "second\n").unwrap();
        assert_eq!(growing.next().unwrap(), b"second\n");
        append(&[b'x'; 3 * PIECE]);
        assert_eq!(growing.next().unwrap().len(), PIECE);
        growing.skip_to_last(5).unwrap();
        assert_eq!(growing.next().unwrap(), b"xxxxx");
    }

    #[test]
    fn a_tail_of_a_large_file_is_small() {
        let path = tempfile::NamedTempFile::new().unwrap();
        // A file with a hole of a terabyte cannot be read whole.
        path.as_file().set_len(1 << 40).unwrap();
        (&mut path.as_file()).seek(SeekFrom::End(0)).unwrap();
        path.as_file().write_all(b"\none\ntwo\n").unwrap();
        assert_eq!(tail(path.path(), 6).unwrap(), b"two\n");
        assert_eq!(tail(path.path(), 2).unwrap(), b"");
        assert_eq!(tail(path.path(), 1 << 20).unwrap(), b"one\ntwo\n");
    }
}
