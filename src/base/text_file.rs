//! Reads text files that people write: regular files only, up to a size. Opening a pipe could block, and an
//! endless file would exhaust memory.

use std::io::{self, Read};
use std::path::Path;

use super::regular;

/// The size limit of a text file, in bytes.
pub const LONGEST: u64 = 1 << 20;

/// Reads a text file of at most [`LONGEST`] bytes.
///
/// # Errors
/// When it cannot be opened, is not a regular file, is longer, or is not UTF-8.
pub fn read(path: &Path) -> io::Result<String> {
    let file = regular::open(path, LONGEST)?;
    read_from(file).map_err(|error| io::Error::new(error.kind(), format!("`{}`: {error}", path.display())))
}

/// Reads a text of at most [`LONGEST`] bytes to its end.
///
/// # Errors
/// When it cannot be read, is longer, or is not UTF-8.
pub fn read_from(reader: impl Read) -> io::Result<String> {
    text_of(bytes_from(reader)?)
}

/// A text of its bytes.
///
/// # Errors
/// When they are not UTF-8.
pub fn text_of(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8 text"))
}

/// Reads at most [`LONGEST`] bytes, to the end.
///
/// # Errors
/// When there are more, or they cannot be read.
pub fn bytes_from(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        let message = format!("longer than the limit of {} MiB", LONGEST >> 20);
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_that_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("text");
        fs_err::write(&file, "schema = 1\n").unwrap();
        assert_eq!(read(&file).unwrap(), "schema = 1\n");
        fs_err::write(&file, [0xff, 0xfe]).unwrap();
        assert!(read(&file).unwrap_err().to_string().ends_with("not UTF-8 text"));
        fs_err::write(&file, " ".repeat(LONGEST as usize + 1)).unwrap();
        assert!(read(&file).unwrap_err().to_string().contains("the limit is 1048576"));
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        for odd in [&pipe, Path::new("/dev/zero"), folder.path()] {
            assert!(read(odd).unwrap_err().to_string().ends_with("is not a regular file"), "{odd:?}");
        }
        assert_eq!(read(Path::new("/no/such/file")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
