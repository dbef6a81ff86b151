//! Reads files at paths that others provide: regular files only, up to a size.
//!
//! Opening a pipe without a writer blocks, and a device may never end.

use std::io;
use std::path::Path;

use fs_err::os::unix::fs::OpenOptionsExt;

/// Opens a regular file of at most `most` bytes for reading.
///
/// # Errors
/// When it cannot be opened, is not a regular file, or is larger.
pub fn open(path: &Path, most: u64) -> io::Result<fs_err::File> {
    // With this flag a pipe without a writer opens at once, and is then refused.
    let mut options = fs_err::OpenOptions::new();
    options.read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    let file = options.open(path)?;
    let kind = file.metadata()?;
    let refused =
        |why: String| Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{}` {why}", path.display())));
    if !kind.is_file() {
        return refused("is not a regular file".to_owned());
    }
    if kind.len() > most {
        return refused(format!("has {} bytes; the limit is {most}", kind.len()));
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_of_a_size_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs_err::write(&file, "four").unwrap();
        assert!(open(&file, 4).is_ok());
        assert!(open(&file, 3).unwrap_err().to_string().contains("the limit is 3"));
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        for path in [&pipe, Path::new("/dev/zero"), folder.path()] {
            let error = open(path, 100).unwrap_err().to_string();
            assert!(error.contains("is not a regular file"), "{error}");
        }
    }
}
