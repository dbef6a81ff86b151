//! Atomic writes: a file is complete or absent.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Writes a temporary file and renames it into place. A reader, a killed process and a power failure leave
/// the old content or the new, never a mixture.
///
/// Waits until the data are on the disk. For data that need not survive a power failure, see
/// [`until_restart`].
///
/// # Errors
/// When the folder cannot be written.
pub fn atomically(path: &Path, content: &[u8]) -> std::io::Result<()> {
    put(aside(path, content)?, path)
}

/// As [`atomically`], with these permission bits from creation on.
///
/// # Errors
/// The same.
pub fn atomically_as(path: &Path, mode: u32, content: &[u8]) -> std::io::Result<()> {
    let file = aside(path, content)?;
    file.as_file().set_permissions(PermissionsExt::from_mode(mode))?;
    put(file, path)
}

/// As [`atomically`], but does not wait for the disk: for descriptions of running processes, which a power
/// failure makes obsolete. The file may then be empty, and its reader must treat that as absence.
///
/// # Errors
/// When the folder cannot be written.
pub fn until_restart(path: &Path, content: &[u8]) -> std::io::Result<()> {
    aside(path, content)?.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Renames a file or a folder that is on the disk already, and waits until the new name is too.
///
/// # Errors
/// When it cannot be renamed.
pub fn rename(from: &Path, to: &Path) -> std::io::Result<()> {
    fs_err::rename(from, to)?;
    sync(&folder(to))
}

/// Flushes a file's content, or a folder's entries, to the disk.
///
/// # Errors
/// When it cannot be opened or flushed.
pub fn sync(path: &Path) -> std::io::Result<()> {
    fs_err::File::open(path)?.sync_all()
}

/// Flushes the whole file system that a tree of files is on.
///
/// # Errors
/// When it cannot be opened or flushed.
pub fn sync_tree(path: &Path) -> std::io::Result<()> {
    Ok(rustix::fs::syncfs(fs_err::File::open(path)?.file())?)
}

fn aside(path: &Path, content: &[u8]) -> std::io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new_in(folder(path))?;
    file.write_all(content)?;
    Ok(file)
}

fn put(file: tempfile::NamedTempFile, path: &Path) -> std::io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync(&folder(path))
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_replaced_is_whole_and_nothing_stays_aside() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("file");
        for write in [atomically, until_restart] {
            write(&path, b"old").unwrap();
            write(&path, b"new").unwrap();
            assert_eq!(fs_err::read(&path).unwrap(), b"new");
        }
        assert_eq!(fs_err::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_other() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("file");
        fs_err::create_dir(&path).unwrap();
        atomically(&path, b"new").unwrap_err();
        assert_eq!(fs_err::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_bare_name_is_in_the_current_folder() {
        assert_eq!(folder(Path::new("lab.toml")), Path::new("."));
    }
}
