//! What was taken from a disk, and what may be.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::raw::Raw;
use crate::model::FilePattern;

/// The most files, links and folders that are taken from a disk.
pub(super) const MOST_FILES: usize = 2000;

/// The largest file, in bytes.
pub(super) const LARGEST_FILE: u64 = 1 << 20;

/// The most bytes of all files together.
pub(super) const MOST_BYTES: u64 = 8 << 20;

/// The longest path, and the longest target of a link, in bytes.
pub(super) const LONGEST_PATH: usize = 1023;

/// The most remarks on what was left out; the rest is counted only.
pub(super) const MOST_REMARKS: usize = 50;

/// The longest remark, in bytes.
const LONGEST_REMARK: usize = 2 * LONGEST_PATH;

/// The bits of a mode that are taken. Bits that give a program another user are not.
pub(super) const MODE: u32 = 0o1777;

/// Files of a disk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Taken {
    /// The files, links and folders by path: a folder is before what is in it.
    pub files: BTreeMap<String, DiskFile>,
    /// What was left out, with the reason.
    pub left_out: Vec<String>,
}

/// A file, link or folder of a disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DiskFile {
    /// Its permission bits.
    pub mode: u32,
    /// The number of its user.
    pub user: u32,
    /// The number of its group.
    pub group: u32,
    /// What it is.
    pub content: Content,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// A file with these bytes.
    File(Raw),
    /// A symbolic link to this path.
    Link(String),
    /// A folder.
    Folder,
}

impl Content {
    /// The letter of `find` for its kind.
    pub fn letter(&self) -> char {
        match self {
            Self::File(_) => 'f',
            Self::Link(_) => 'l',
            Self::Folder => 'd',
        }
    }
}

impl Taken {
    /// Whether this is what a process may say that was asked for the files of these patterns. A process that
    /// was taken over says anything.
    pub fn check(&self, patterns: &[FilePattern]) -> bool {
        let bytes = self.files.values().map(|file| match &file.content {
            Content::File(Raw(bytes)) => bytes.len() as u64,
            Content::Link(_) | Content::Folder => 0,
        });
        self.files.len() <= MOST_FILES
            && bytes.sum::<u64>() <= MOST_BYTES
            && self.files.iter().all(|(path, file)| self.may_be(path, file, patterns))
            && self.left_out.len() <= MOST_REMARKS
            && self.left_out.iter().all(|text| text.len() <= LONGEST_REMARK)
    }

    fn may_be(&self, path: &str, file: &DiskFile, patterns: &[FilePattern]) -> bool {
        let content = match &file.content {
            Content::File(Raw(bytes)) => bytes.len() as u64 <= LARGEST_FILE,
            Content::Link(target) => is_target(target),
            Content::Folder => true,
        };
        content
            && is_path(path)
            && file.mode & !MODE == 0
            && patterns.iter().any(|pattern| pattern.fits(path) && self.is_reached(path, pattern))
    }

    /// Whether everything between the place of a pattern and a path is a folder that was taken too, and
    /// nothing on the way is a link: nothing is written through one.
    fn is_reached(&self, path: &str, pattern: &FilePattern) -> bool {
        let mut above = path.match_indices('/').skip(1).map(|(end, _)| &path[..end]);
        above.all(|folder| match self.files.get(folder) {
            Some(file) => file.content == Content::Folder,
            None => folder.len() <= pattern.place().len(),
        })
    }
}

/// Whether a text is a path of a file: absolute, and each part a name.
pub(super) fn is_path(path: &str) -> bool {
    let is_name = |name: &str| !matches!(name, "" | "." | "..") && !name.contains(char::is_control);
    path.len() <= LONGEST_PATH && path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_name))
}

/// Whether a text can be the target of a link.
pub(super) fn is_target(target: &str) -> bool {
    !target.is_empty() && target.len() <= LONGEST_PATH && !target.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: Content) -> DiskFile {
        DiskFile { mode: 0o644, user: 0, group: 0, content }
    }

    fn taken(files: &[(&str, Content)]) -> Taken {
        let files = files.iter().map(|(path, content)| ((*path).to_owned(), file(content.clone())));
        Taken { files: files.collect(), left_out: Vec::new() }
    }

    fn text(text: &str) -> Content {
        Content::File(Raw(text.as_bytes().to_vec()))
    }

    #[test]
    fn only_what_was_asked_for_is_accepted() {
        let patterns =
            ["/etc/ha.d/**", "/etc/hosts", "/etc/ha.d/rc.d/ip"].map(|pattern| pattern.parse().unwrap());
        let good = taken(&[
            ("/etc/ha.d", Content::Folder),
            ("/etc/ha.d/ha.cf", text("node node1")),
            ("/etc/ha.d/x", Content::Link("/root/x".to_owned())),
            ("/etc/hosts", text("")),
        ]);
        assert!(good.check(&patterns));
        let again: Taken = serde_json::from_str(&serde_json::to_string(&good).unwrap()).unwrap();
        assert_eq!(again, good);
        for bad in [
            taken(&[("/etc/shadow", text("root::"))]),
            taken(&[("/etc/ha.d/../shadow", text("root::"))]),
            taken(&[("/etc/ha.d/a\nb", text(""))]),
            taken(&[("/etc/ha.d/ha.cf", text("its folder is missing"))]),
            taken(&[("/etc/ha.d", Content::Link("/root".to_owned())), ("/etc/ha.d/.profile", text(""))]),
            taken(&[("/etc/ha.d", Content::Link("/root".to_owned())), ("/etc/ha.d/rc.d/ip", text(""))]),
            taken(&[("/etc/hosts", Content::Link(String::new()))]),
            taken(&[("/etc/hosts", Content::File(Raw(vec![0; (1 << 20) + 1])))]),
        ] {
            assert!(!bad.check(&patterns), "{:?}", bad.files.keys());
        }
    }

    #[test]
    fn programs_for_other_users_are_refused() {
        let patterns = ["/etc/hosts".parse().unwrap()];
        let mut found = taken(&[("/etc/hosts", text(""))]);
        found.files.get_mut("/etc/hosts").unwrap().mode = 0o4755;
        assert!(!found.check(&patterns));
    }
}
