//! Writes files below a folder, never outside of it: neither through `..` nor through links that are already
//! there.

use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, mkdirat, openat, unlinkat};
use rustix::io::Errno;

use super::{named, open_folder};

/// A folder that files are written to.
#[derive(Debug)]
pub struct Written {
    path: PathBuf,
    handle: OwnedFd,
}

impl Written {
    /// Opens a folder, which is created if it does not exist.
    ///
    /// # Errors
    /// When it cannot be created or opened.
    pub fn create(path: &Path) -> io::Result<Self> {
        fs_err::create_dir_all(path)?;
        let handle = open_folder(CWD, path, OFlags::empty()).map_err(|error| named(error, path))?;
        Ok(Self { path: path.to_owned(), handle })
    }

    /// Writes a file with this path in the folder, and creates the folders on the way. An existing file is
    /// replaced; so is a link, whose target stays unchanged.
    ///
    /// # Errors
    /// When the path leads out of the folder or through a link, or the file cannot be written.
    pub fn file(&self, inside: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
        let shown = self.path.join(inside);
        let mut names = Vec::new();
        for part in inside.components() {
            let Component::Normal(name) = part else {
                let message = format!("`{}` is not a path below a folder", inside.display());
                return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
            };
            names.push(Path::new(name));
        }
        let Some((name, way)) = names.split_last() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a file needs a name"));
        };
        let write = || -> Result<std::fs::File, Errno> {
            let mut folder = self.handle.try_clone().map_err(|_| Errno::MFILE)?;
            for step in way {
                match mkdirat(&folder, *step, Mode::from_raw_mode(0o755)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(error),
                }
                folder = open_folder(&folder, step, OFlags::NOFOLLOW)?;
            }
            match unlinkat(&folder, *name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(error) => return Err(error),
            }
            // A new file is never a link, a pipe or a device.
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
            Ok(openat(&folder, *name, flags, Mode::from_raw_mode(mode))?.into())
        };
        let mut file = write().map_err(|error| named(error, &shown))?;
        file.write_all(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_below_the_folder_only() {
        let place = tempfile::tempdir().unwrap();
        let (inside, outside) = (place.path().join("in"), place.path().join("out"));
        fs_err::create_dir_all(&inside).unwrap();
        fs_err::create_dir_all(&outside).unwrap();
        let victim = outside.join("victim");
        fs_err::write(&victim, "untouched").unwrap();
        std::os::unix::fs::symlink(&outside, inside.join("folder")).unwrap();
        std::os::unix::fs::symlink(&victim, inside.join("file")).unwrap();
        fs_err::hard_link(&victim, inside.join("twin")).unwrap();
        let folder = Written::create(&inside).unwrap();
        let write = |path: &str| folder.file(Path::new(path), 0o644, b"new");
        for bad in ["../out/victim", "a/../../out/victim", "/etc/x", "folder/victim", "folder/new", "", "."] {
            write(bad).unwrap_err();
        }
        for good in ["file", "twin", "a/b/c", "a/b/c"] {
            write(good).unwrap();
            assert_eq!(fs_err::read_to_string(inside.join(good)).unwrap(), "new");
        }
        assert_eq!(fs_err::read_to_string(&victim).unwrap(), "untouched");
        assert_eq!(fs_err::read_dir(&outside).unwrap().count(), 1);
    }
}
