//! Atomic writes: a file is complete or absent. Private files and folders: other users cannot read them.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt};
use std::path::{Path, PathBuf};

use fs_err::os::unix::fs::OpenOptionsExt as _;

/// The permission bits of group and others.
const OTHERS: u32 = 0o077;

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

/// How to open a file that only its owner may read: made with mode 0600.
pub fn private() -> fs_err::OpenOptions {
    let mut options = fs_err::OpenOptions::new();
    options.mode(0o600);
    options
}

/// Takes a file that exists from group and others, as an earlier version may have made it.
///
/// # Errors
/// When its mode cannot be read or changed.
pub fn make_private(file: &File) -> std::io::Result<()> {
    let mode = file.metadata()?.permissions().mode();
    match mode & OTHERS {
        0 => Ok(()),
        _ => file.set_permissions(PermissionsExt::from_mode(mode & !OTHERS & 0o7777)),
    }
}

/// Makes a folder that only its owner may enter, unless it exists.
///
/// # Errors
/// When it cannot be made.
pub fn private_folder(path: &Path) -> std::io::Result<()> {
    fs_err::create_dir_all(folder(path))?;
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made,
    }
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
    fn what_is_private_is_its_owners_alone() {
        let place = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs_err::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = place.path().join("deep/inside");
        private_folder(&folder).unwrap();
        private_folder(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
        let path = folder.join("file");
        let file = private().create(true).append(true).open(&path).unwrap().into_parts().0;
        assert_eq!(mode(&path), 0o600);
        fs_err::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        make_private(&file).unwrap();
        assert_eq!(mode(&path), 0o600);
        private_folder(&path).unwrap_err();
    }

    #[test]
    fn a_bare_name_is_in_the_current_folder() {
        assert_eq!(folder(Path::new("lab.toml")), Path::new("."));
    }
}
