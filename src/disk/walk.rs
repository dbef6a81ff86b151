//! Takes files out of an ext4 file system. No link is followed, and all has limits.

use std::collections::BTreeMap;
use std::io;

use ext4_view::{Ext4, Ext4Error, Ext4Read, FileType, Metadata};

use super::taken::{
    Content, DiskFile, LARGEST_FILE, LONGEST_PATH, MODE, MOST_BYTES, MOST_FILES, MOST_REMARKS, Taken,
    is_path, is_target,
};
use crate::base::raw::Raw;
use crate::model::{FilePattern, Names};

/// The most entries of folders that are looked at.
const MOST_LOOKS: usize = 50_000;

/// The deepest folder below a pattern's.
const DEEPEST: usize = 16;

/// Takes the files of some patterns out of a file system.
///
/// # Errors
/// When the file system is damaged or of another kind, or the files are more, larger or deeper than allowed.
pub(crate) fn walk(disk: Box<dyn Ext4Read>, patterns: &[FilePattern]) -> io::Result<Taken> {
    let fs = Ext4::load(disk).map_err(unreadable("the file system"))?;
    let mut walk = Walk { fs, files: BTreeMap::new(), left_out: Vec::new(), bytes: 0, looks: 0 };
    for pattern in patterns {
        walk.pattern(pattern)?;
    }
    Ok(Taken { files: walk.files, left_out: walk.left_out })
}

struct Walk {
    fs: Ext4,
    files: BTreeMap<String, DiskFile>,
    left_out: Vec<String>,
    bytes: u64,
    looks: usize,
}

impl Walk {
    fn pattern(&mut self, pattern: &FilePattern) -> io::Result<()> {
        if !self.is_folder(pattern.place())? {
            return Ok(());
        }
        match pattern.names() {
            Names::One(path) => self.file(path),
            Names::Some { folder, .. } => {
                for name in self.names(folder)? {
                    let path = format!("{folder}/{name}");
                    let found = if pattern.fits(&path) { self.look(&path)? } else { None };
                    if let Some(found) = found.filter(|found| !found.is_dir()) {
                        self.take(&path, &found)?;
                    }
                }
                Ok(())
            }
            Names::All(path) => self.tree(path, 0),
        }
    }

    /// Whether a path leads to a folder, over folders only.
    fn is_folder(&mut self, path: &str) -> io::Result<bool> {
        for (end, _) in path.match_indices('/').skip(1).chain([(path.len(), "")]).filter(|(end, _)| *end > 0)
        {
            match self.look(&path[..end])? {
                Some(found) if found.is_dir() => {}
                Some(_) => {
                    self.leave(&path[..end], "is no folder");
                    return Ok(false);
                }
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// What is at a path whose folders are known to be folders.
    fn look(&mut self, path: &str) -> io::Result<Option<Metadata>> {
        self.looks += 1;
        if self.looks > MOST_LOOKS {
            return Err(too_much(format!("the folders have more than {MOST_LOOKS} entries")));
        }
        match self.fs.symlink_metadata(path) {
            Ok(found) => Ok(Some(found)),
            Err(Ext4Error::NotFound) => Ok(None),
            Err(error) => Err(unreadable(path)(error)),
        }
    }

    /// The names in a folder that can be taken.
    fn names(&mut self, folder: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in self.fs.read_dir(folder).map_err(unreadable(folder))? {
            let entry = entry.map_err(unreadable(folder))?;
            if names.len() > MOST_LOOKS {
                return Err(too_much(format!("{folder} has more than {MOST_LOOKS} entries")));
            }
            let name = entry.file_name();
            match name.as_str() {
                Ok("." | "..") => {}
                Ok(name) if is_path(&format!("{folder}/{name}")) => names.push(name.to_owned()),
                _ => self.leave(folder, "has a name that is too long, or has other characters than text"),
            }
        }
        Ok(names)
    }

    /// Takes a file or a link, and no folder.
    fn file(&mut self, path: &str) -> io::Result<()> {
        match self.look(path)? {
            Some(found) if found.is_dir() => {
                self.leave(path, "is a folder");
                Ok(())
            }
            Some(found) => self.take(path, &found),
            None => Ok(()),
        }
    }

    /// Takes a folder with all that is in it.
    fn tree(&mut self, path: &str, depth: usize) -> io::Result<()> {
        let Some(found) = self.look(path)? else { return Ok(()) };
        if depth > DEEPEST {
            return Err(too_much(format!("{path} is deeper than {DEEPEST} folders")));
        }
        self.take(path, &found)?;
        if !found.is_dir() {
            return Ok(());
        }
        for name in self.names(path)? {
            self.tree(&format!("{path}/{name}"), depth + 1)?;
        }
        Ok(())
    }

    fn take(&mut self, path: &str, found: &Metadata) -> io::Result<()> {
        let content = match found.file_type() {
            FileType::Directory => Content::Folder,
            FileType::Regular => Content::File(Raw(self.content(path, found.len())?)),
            FileType::Symlink => match self.target(path, found.len())? {
                Some(target) => Content::Link(target),
                None => return Ok(()),
            },
            _ => {
                self.leave(path, "is neither a file, a folder nor a link");
                return Ok(());
            }
        };
        let mode = u32::from(found.mode()) & MODE;
        let file = DiskFile { mode, user: found.uid(), group: found.gid(), content };
        self.files.insert(path.to_owned(), file);
        if self.files.len() > MOST_FILES {
            return Err(too_much(format!("there are more than {MOST_FILES} files")));
        }
        Ok(())
    }

    fn content(&mut self, path: &str, length: u64) -> io::Result<Vec<u8>> {
        if length > LARGEST_FILE {
            return Err(too_much(format!("{path} has {length} bytes; {LARGEST_FILE} are the most")));
        }
        self.bytes += length;
        if self.bytes > MOST_BYTES {
            return Err(too_much(format!("the files have more than {MOST_BYTES} bytes together")));
        }
        self.fs.read(path).map_err(unreadable(path))
    }

    /// The target of a link; none if it is left out.
    fn target(&mut self, path: &str, length: u64) -> io::Result<Option<String>> {
        if length <= LONGEST_PATH as u64 {
            let target = self.fs.read_link(path).map_err(unreadable(path))?;
            if let Some(target) = target.to_str().ok().filter(|target| is_target(target)) {
                return Ok(Some(target.to_owned()));
            }
        }
        self.leave(path, "is a link to what is no path");
        Ok(None)
    }

    fn leave(&mut self, path: &str, why: &str) {
        if self.left_out.len() < MOST_REMARKS {
            self.left_out.push(format!("{path} {why}"));
        }
    }
}

fn too_much(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, what)
}

fn unreadable(what: &str) -> impl Fn(Ext4Error) -> io::Error {
    move |error| io::Error::new(io::ErrorKind::InvalidData, format!("{what} cannot be read: {error}"))
}
