//! Compares two folders: what one has to get so that it equals the other.
//!
//! Both are listed in the same way, one of them perhaps by a guest, whose names are checked.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::archive::Bounds;
use super::regular;
use super::text::hexadecimal;

/// The largest number of files and folders.
const MOST_ITEMS: usize = 100_000;

/// The permissions that are compared.
const PERMISSIONS: u32 = 0o7777;

/// A file, folder or link in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A folder with these permissions.
    Folder(u32),
    /// A file.
    File {
        /// Its permissions.
        mode: u32,
        /// The SHA-256 of its content, in hexadecimal.
        digest: String,
    },
    /// A symbolic link to this path.
    Link(OsString),
    /// A device, a pipe or a socket.
    Other,
}

/// What is in a folder, by its path in it; in the order in which it can be made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// The items.
    pub items: BTreeMap<PathBuf, Item>,
}

/// The difference between two folders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// What is new or different, in order.
    pub send: Vec<PathBuf>,
    /// What one of them has in addition; of a folder, only itself.
    pub surplus: Vec<PathBuf>,
    /// What must be deleted before something else can take its place.
    pub in_the_way: Vec<PathBuf>,
}

/// The digests of files that have not changed since they were read, by path.
#[derive(Debug, Default)]
pub struct Known(BTreeMap<PathBuf, (Stamp, String)>);

/// What changes whenever the content of a file changes: its number, its size, and its times in nanoseconds.
type Stamp = (u64, u64, (i64, i64), (i64, i64));

impl Known {
    /// The digest of a file.
    fn digest(&mut self, path: &Path, inside: &Path, most: u64) -> io::Result<String> {
        let mut file = regular::open(path, most)?;
        let found = file.metadata()?;
        let times = ((found.mtime(), found.mtime_nsec()), (found.ctime(), found.ctime_nsec()));
        let stamp = (found.ino(), found.len(), times.0, times.1);
        if let Some((known, digest)) = self.0.get(inside)
            && *known == stamp
        {
            return Ok(digest.clone());
        }
        let mut hash = Sha256::new();
        let mut buffer = [0; 1 << 16];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                count => hash.update(buffer.get(..count).unwrap_or_default()),
            }
        }
        let digest = hexadecimal(&hash.finalize());
        self.0.insert(inside.to_owned(), (stamp, digest.clone()));
        Ok(digest)
    }
}

impl Listing {
    /// Lists a folder of this machine.
    ///
    /// # Errors
    /// When something cannot be read, or there are too many files, or a limit is exceeded.
    pub fn of_folder(folder: &Path, bounds: Bounds<'_>, known: &mut Known) -> io::Result<Self> {
        let mut listing = Self::default();
        let mut bytes = 0;
        let mut folders = vec![PathBuf::new()];
        while let Some(inside) = folders.pop() {
            let entries = match fs_err::read_dir(folder.join(&inside)) {
                Ok(entries) => entries,
                // It was deleted meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound && !inside.as_os_str().is_empty() => {
                    continue;
                }
                Err(error) => return Err(error),
            };
            for entry in entries {
                bounds.check(bytes)?;
                let entry = entry?;
                let name = inside.join(entry.file_name());
                let found = match fs_err::symlink_metadata(entry.path()) {
                    Ok(found) => found,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(error) => return Err(error),
                };
                let mode = found.mode() & PERMISSIONS;
                let item = if found.is_dir() {
                    folders.push(name.clone());
                    Item::Folder(mode)
                } else if found.is_symlink() {
                    Item::Link(fs_err::read_link(entry.path())?.into_os_string())
                } else if found.is_file() {
                    bytes += found.len();
                    bounds.check(bytes)?;
                    match known.digest(&entry.path(), &name, bounds.bytes) {
                        Ok(digest) => Item::File { mode, digest },
                        Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                        Err(error) => return Err(error),
                    }
                } else {
                    Item::Other
                };
                listing.add(name, item)?;
            }
        }
        Ok(listing)
    }

    fn add(&mut self, name: PathBuf, item: Item) -> io::Result<()> {
        self.items.insert(name, item);
        match self.items.len() {
            count if count > MOST_ITEMS => {
                Err(io::Error::other(format!("it has more than {MOST_ITEMS} files and folders")))
            }
            _ => Ok(()),
        }
    }

    /// The script with which a guest lists a folder, in its current folder.
    pub const ASK_ITEMS: &'static str = r"find . -mindepth 1 -printf '%y %m\0%P\0%l\0'";

    /// The script with which a guest lists the digests of the files.
    pub const ASK_DIGESTS: &'static str = "find . -type f -print0 | xargs -0r sha256sum -bz --";

    /// Reads the answers of a guest to both.
    ///
    /// # Errors
    /// When they are not such a list, or a name leads elsewhere.
    pub fn of_answers(items: &[u8], digests: &[u8]) -> io::Result<Self> {
        let wrong = || io::Error::other("the node did not list its files as it should");
        let mut by_path: BTreeMap<PathBuf, String> = BTreeMap::new();
        for line in parts(digests) {
            let (digest, path) = line.split_at_checked(64).ok_or_else(wrong)?;
            let path = path.strip_prefix(b" *./").ok_or_else(wrong)?;
            let digest = std::str::from_utf8(digest).map_err(|_| wrong())?;
            by_path.insert(PathBuf::from(OsStr::from_bytes(path)), digest.to_owned());
        }
        let mut listing = Self::default();
        let mut fields = items.split(|byte| *byte == 0);
        while let Some(first) = fields.next().filter(|first| !first.is_empty()) {
            let (Some(path), Some(target)) = (fields.next(), fields.next()) else { return Err(wrong()) };
            let first = std::str::from_utf8(first).map_err(|_| wrong())?;
            let (kind, mode) = first.split_once(' ').ok_or_else(wrong)?;
            let mode = u32::from_str_radix(mode, 8).map_err(|_| wrong())? & PERMISSIONS;
            let path = PathBuf::from(OsStr::from_bytes(path));
            if !is_inside(&path) {
                return Err(wrong());
            }
            let item = match kind {
                "d" => Item::Folder(mode),
                // A file that was deleted meanwhile has no digest.
                "f" => Item::File { mode, digest: by_path.remove(&path).unwrap_or_default() },
                "l" => Item::Link(OsString::from_vec(target.to_owned())),
                _ => Item::Other,
            };
            listing.add(path, item)?;
        }
        Ok(listing)
    }

    /// What a folder with the other listing has to get, to equal this one. Devices and pipes are not sent.
    pub fn against(&self, other: &Self) -> Changes {
        let mut changes = Changes::default();
        for (path, item) in self.items.iter().filter(|(_, item)| **item != Item::Other) {
            let there = other.items.get(path);
            if there == Some(item) {
                continue;
            }
            let is_folder = |item: &Item| matches!(item, Item::Folder(_));
            if there.is_some_and(|there| is_folder(there) != is_folder(item)) {
                changes.in_the_way.push(path.clone());
            }
            changes.send.push(path.clone());
        }
        for path in other.items.keys() {
            let has = |path: &Path| self.items.get(path).is_some_and(|item| *item != Item::Other);
            // Of a folder that goes, or that a file replaces, the content goes with it.
            let mut above = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
            let goes_with_it =
                |folder: &Path| !has(folder) || changes.in_the_way.iter().any(|blocking| blocking == folder);
            if !has(path) && !above.any(goes_with_it) {
                changes.surplus.push(path.clone());
            }
        }
        changes
    }
}

/// The parts of a list in which each ends with a zero byte.
fn parts(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|byte| *byte == 0).filter(|part| !part.is_empty())
}

/// Whether a path stays in its folder.
fn is_inside(path: &Path) -> bool {
    let mut parts = path.components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests;
