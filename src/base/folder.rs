//! A folder that other users may have written: its files are opened beneath it, and never through links.
//!
//! A lab, its drills, stacks and images are such folders. Every file of them is read here. With
//! [`Access::Trusted`], a file is also refused if other users than root and the caller could have written it.

#[cfg(test)]
mod tests;
mod write;

use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, ResolveFlags, Stat, fstat, openat, openat2};
use rustix::io::Errno;

use super::text_file;
pub use write::Written;

/// The largest number of entries of a folder that are listed.
const MOST_ENTRIES: usize = 10_000;

/// Whose files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Those of any user, which are read and checked only.
    Any,
    /// Those of root and of the user with this number, which no other user can write.
    Trusted(u32),
}

/// An open folder.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    handle: Arc<OwnedFd>,
    access: Access,
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name; other characters than UTF-8 are replaced.
    pub name: String,
    /// Whether it is a folder itself, and no link to one.
    pub folder: bool,
}

/// Why a file is refused although it can be read: another user could have written it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distrust {
    path: PathBuf,
    owner: u32,
    mode: u32,
    why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Owner { caller: u32 },
    Group,
    World,
}

impl Distrust {
    /// The command that removes the cause.
    pub fn remedy(&self) -> String {
        let path = super::shell::quote(&self.path.to_string_lossy());
        match self.why {
            Why::Owner { caller } => format!("if you know what is in it, `chown {caller} {path}`"),
            Why::Group | Why::World => format!("`chmod go-w {path}`, and look at what is in it"),
        }
    }
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, owner, mode) = (self.path.display(), self.owner, self.mode);
        match self.why {
            Why::Owner { caller: 0 } => write!(f, "`{path}` belongs to user {owner}, and not to root")?,
            Why::Owner { caller } => {
                write!(f, "`{path}` belongs to user {owner}, and neither to root nor to user {caller}")?;
            }
            Why::Group => write!(f, "the group of `{path}` can write it")?,
            Why::World => write!(f, "every user can write `{path}`")?,
        }
        write!(f, " (owner {owner}, mode {mode:04o}): {}", self.remedy())
    }
}

impl std::error::Error for Distrust {}

impl Access {
    /// Refuses what another user could have written. In a sticky folder above a lab, such as `/tmp`, others
    /// can create files, but not replace those of the lab.
    fn judge(self, path: &Path, stat: &Stat, above: bool) -> io::Result<()> {
        let Self::Trusted(caller) = self else { return Ok(()) };
        let (owner, mode) = (stat.st_uid, stat.st_mode & 0o7777);
        // Many distributions give each user a group of the same number, without other members.
        let private = stat.st_gid == caller || stat.st_gid == 0;
        let sticky = above && mode & 0o1000 != 0;
        let why = if owner != 0 && owner != caller {
            Why::Owner { caller }
        } else if mode & 0o002 != 0 && !sticky {
            Why::World
        } else if mode & 0o020 != 0 && !private && !sticky {
            Why::Group
        } else {
            return Ok(());
        };
        let distrust = Distrust { path: path.to_owned(), owner, mode, why };
        Err(io::Error::new(io::ErrorKind::PermissionDenied, distrust))
    }
}

impl Folder {
    /// Opens a folder. Its own path may lead through links; with [`Access::Trusted`], the folders on the path
    /// without them are judged too.
    ///
    /// # Errors
    /// When it cannot be opened, or another user could have written it.
    pub fn open(path: &Path, access: Access) -> io::Result<Self> {
        let shown = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let handle = match access {
            Access::Any => open_folder(CWD, shown, OFlags::empty()).map_err(|error| named(error, shown))?,
            Access::Trusted(_) => walk(shown, access)?,
        };
        Ok(Self { path: shown.to_owned(), handle: Arc::new(handle), access })
    }

    /// Its path, as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of a file in messages.
    pub fn shown(&self, inside: &str) -> PathBuf {
        let path = self.path.join(inside);
        path.strip_prefix(".").map(Path::to_owned).unwrap_or(path)
    }

    /// The text of a file: a regular file, reached without any link, of at most [`text_file::LONGEST`] bytes.
    ///
    /// # Errors
    /// When there is no such file, it is something else, or another user could have written it.
    pub fn text(&self, inside: &str) -> io::Result<String> {
        let text = text_file::text_of(self.bytes(inside)?);
        text.map_err(|error| {
            io::Error::new(error.kind(), format!("`{}`: {error}", self.shown(inside).display()))
        })
    }

    /// The bytes of such a file, which may have any encoding.
    ///
    /// # Errors
    /// When there is no such file, it is something else, or another user could have written it.
    pub fn bytes(&self, inside: &str) -> io::Result<Vec<u8>> {
        let shown = self.shown(inside);
        let refused = |why: &str| {
            Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{}` {why}", shown.display())))
        };
        self.judge_way(inside)?;
        // With these flags, a pipe without a writer opens at once and is then refused.
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = self.beneath(inside, flags).map_err(|error| named(error, &shown))?;
        let stat = fstat(&file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return refused("is not a regular file");
        }
        // A second name of another user's file would disclose its content to the readers of this folder.
        if stat.st_nlink > 1 && stat.st_uid != fstat(&self.handle)?.st_uid {
            return refused("is a hard link to a file of another user");
        }
        self.access.judge(&shown, &stat, false)?;
        if u64::try_from(stat.st_size).unwrap_or_default() > text_file::LONGEST {
            return refused(&format!("has {} bytes; the limit is {}", stat.st_size, text_file::LONGEST));
        }
        let bytes = text_file::bytes_from(std::fs::File::from(file));
        bytes.map_err(|error| io::Error::new(error.kind(), format!("`{}`: {error}", shown.display())))
    }

    /// The entries of a folder in it, sorted by name.
    ///
    /// # Errors
    /// When there is no such folder, it has too many entries, or another user could have written it.
    pub fn entries(&self, inside: &str) -> io::Result<Vec<Entry>> {
        let shown = self.shown(inside);
        self.judge_way(inside)?;
        let folder = self.beneath(inside, OFlags::DIRECTORY).map_err(|error| named(error, &shown))?;
        self.access.judge(&shown, &fstat(&folder)?, false)?;
        let mut entries = Vec::new();
        for entry in Dir::read_from(&folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if [".", ".."].contains(&name.as_str()) {
                continue;
            }
            let folder = match entry.file_type() {
                FileType::Unknown => open_folder(&folder, Path::new(&name), OFlags::NOFOLLOW).is_ok(),
                kind => kind == FileType::Directory,
            };
            entries.push(Entry { name, folder });
            if entries.len() > MOST_ENTRIES {
                let message = format!("`{}` has more than {MOST_ENTRIES} entries", shown.display());
                return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
            }
        }
        entries.sort();
        Ok(entries)
    }

    /// Judges the folders between this one and a file.
    fn judge_way(&self, inside: &str) -> io::Result<()> {
        if self.access == Access::Any {
            return Ok(());
        }
        let way = Path::new(inside).parent().into_iter().flat_map(Path::ancestors);
        for folder in way.filter(|folder| !folder.as_os_str().is_empty()) {
            let inside = folder.to_string_lossy();
            let shown = self.shown(&inside);
            let flags = OFlags::PATH | OFlags::DIRECTORY;
            let handle = self.beneath(&inside, flags).map_err(|error| named(error, &shown))?;
            self.access.judge(&shown, &fstat(&handle)?, false)?;
        }
        Ok(())
    }

    fn beneath(&self, inside: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | flags;
        openat2(&self.handle, inside, flags, Mode::empty(), resolve)
    }
}

/// Opens a folder without the right to list it.
fn open_folder(at: impl AsFd, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC | flags;
    openat(at, path, flags, Mode::empty())
}

/// Opens a folder from the root on, and judges each folder on the way while it is open.
fn walk(path: &Path, access: Access) -> io::Result<OwnedFd> {
    let real = fs_err::canonicalize(path)?;
    let mut shown = PathBuf::from("/");
    let mut handle = open_folder(CWD, &shown, OFlags::empty())?;
    let names: Vec<&std::ffi::OsStr> = real
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name),
            _ => None,
        })
        .collect();
    for name in names {
        access.judge(&shown, &fstat(&handle)?, true)?;
        shown.push(name);
        handle =
            open_folder(&handle, Path::new(name), OFlags::NOFOLLOW).map_err(|error| named(error, &shown))?;
    }
    access.judge(&shown, &fstat(&handle)?, false)?;
    Ok(handle)
}

/// An error of the system with the path that it is about.
fn named(error: Errno, path: &Path) -> io::Error {
    let shown = path.display();
    let message = match error {
        Errno::LOOP => {
            format!("`{shown}` is a symbolic link, or is reached through one; put the file itself there")
        }
        Errno::XDEV => format!("`{shown}` is outside of its folder"),
        Errno::NOSYS => {
            "this kernel cannot open files beneath a folder: Linux 5.6 or later is needed".to_owned()
        }
        other => format!("`{shown}`: {}", io::Error::from(other)),
    };
    io::Error::new(io::Error::from(error).kind(), message)
}
