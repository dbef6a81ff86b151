//! Files of a guest, named by a path whose last part may have wildcards.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest pattern, in bytes.
const LONGEST: usize = 255;

/// Files of a guest: `/etc/hosts` (one file), `/etc/network/*.conf` (files of one folder), or `/etc/ha.d/**`
/// (a folder with all that is in it).
///
/// A wildcard is in the last part only. So the folders on the way to it are known, and none of them is taken
/// from a guest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FilePattern {
    text: String,
    /// The place of the last part.
    last: usize,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It does not begin at the root.
    #[error("the path does not begin with `/`")]
    Relative,
    /// A part is empty, `.` or `..`.
    #[error("the path has a part that is empty, `.` or `..`")]
    Unclear,
    /// It has a character that is not in names of such files.
    #[error("the path has a character other than letters, digits and `._+@-`")]
    Character,
    /// A wildcard is in another part than the last.
    #[error("only the last part of the path has wildcards")]
    Wildcard,
    /// It is too long.
    #[error("the path is longer than {LONGEST} bytes")]
    Long,
}

/// What a pattern names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names<'a> {
    /// The file or link at this path.
    One(&'a str),
    /// The files and links of a folder whose names match; no folders.
    Some {
        /// The folder.
        folder: &'a str,
        /// The names, with `*` for any number of characters.
        names: &'a str,
    },
    /// A folder with all that is in it.
    All(&'a str),
}

impl FilePattern {
    /// The pattern as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it names.
    pub fn names(&self) -> Names<'_> {
        let (folder, last) = (&self.text[..self.last - 1], &self.text[self.last..]);
        match last {
            "**" => Names::All(folder),
            names if names.contains('*') => Names::Some { folder, names },
            _ => Names::One(&self.text),
        }
    }

    /// The folder in which the named files are, or the named folder is. Empty for the root.
    pub fn place(&self) -> &str {
        let path = match self.names() {
            Names::Some { folder, .. } => return folder,
            Names::One(path) | Names::All(path) => path,
        };
        path.rsplit_once('/').map_or("", |(place, _)| place)
    }

    /// Whether it names the file, link or folder at this path.
    pub fn fits(&self, path: &str) -> bool {
        match self.names() {
            Names::One(one) => one == path,
            Names::All(folder) => {
                path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Names::Some { folder, names } => path
                .strip_prefix(folder)
                .and_then(|rest| rest.strip_prefix('/'))
                .is_some_and(|name| !name.contains('/') && matches(names, name)),
        }
    }
}

/// Whether a name matches one with `*` for any number of characters.
fn matches(names: &str, name: &str) -> bool {
    let (mut parts, mut rest) = (names.split('*'), name);
    let Some(stripped) = parts.next().and_then(|first| rest.strip_prefix(first)) else { return false };
    rest = stripped;
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        // The first place is the best: it leaves most for what follows.
        let Some(place) = rest.find(part) else { return false };
        rest = &rest[place + part.len()..];
    }
    rest.ends_with(last)
}

impl FromStr for FilePattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let path = text.strip_prefix('/').ok_or(PatternError::Relative)?;
        if text.len() > LONGEST {
            return Err(PatternError::Long);
        }
        let parts: Vec<&str> = path.split('/').collect();
        if parts.iter().any(|part| matches!(*part, "" | "." | "..")) {
            return Err(PatternError::Unclear);
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._+@-*".contains(&byte);
        if !path.bytes().all(|byte| plain(byte) || byte == b'/') {
            return Err(PatternError::Character);
        }
        let last = parts.last().copied().unwrap_or_default();
        let early = parts.iter().rev().skip(1).any(|part| part.contains('*'));
        if early || (last.contains("**") && last != "**") {
            return Err(PatternError::Wildcard);
        }
        Ok(Self { last: text.len() - last.len(), text: text.to_owned() })
    }
}

impl TryFrom<String> for FilePattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        text.parse()
    }
}

impl From<FilePattern> for String {
    fn from(pattern: FilePattern) -> String {
        pattern.text
    }
}

impl fmt::Display for FilePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, path: &str) -> bool {
        pattern.parse::<FilePattern>().unwrap().fits(path)
    }

    #[test]
    fn a_pattern_names_one_file_some_of_a_folder_or_all() {
        assert!(fits("/etc/hosts", "/etc/hosts") && !fits("/etc/hosts", "/etc/hosts.allow"));
        for path in ["/etc/ha.d", "/etc/ha.d/ha.cf", "/etc/ha.d/resource.d/ip"] {
            assert!(fits("/etc/ha.d/**", path), "{path}");
        }
        assert!(!fits("/etc/ha.d/**", "/etc/ha.d.old/ha.cf") && !fits("/etc/ha.d/**", "/etc"));
        assert!(
            fits("/etc/ucarp/*.conf", "/etc/ucarp/.conf") && fits("/etc/ucarp/*.conf", "/etc/ucarp/a.conf")
        );
        for path in ["/etc/ucarp", "/etc/ucarp/a.conf~", "/etc/ucarp/x/a.conf", "/etc/ucarpa.conf"] {
            assert!(!fits("/etc/ucarp/*.conf", path), "{path}");
        }
    }

    #[test]
    fn stars_are_any_number_of_characters() {
        for (names, name, wanted) in [
            ("a*b*c", "abc", true),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "ac", false),
            ("a*a", "a", false),
            ("*", "", true),
            ("*b", "abab", true),
            ("ab*", "ab", true),
            ("ab*", "a", false),
        ] {
            assert_eq!(matches(names, name), wanted, "{names} {name}");
        }
    }

    #[test]
    fn what_is_unclear_is_refused() {
        for (text, wanted) in [
            ("etc/hosts", PatternError::Relative),
            ("/", PatternError::Unclear),
            ("/etc/../root", PatternError::Unclear),
            ("/etc//hosts", PatternError::Unclear),
            ("/etc/a b", PatternError::Character),
            ("/etc/'", PatternError::Character),
            ("/etc/*/x", PatternError::Wildcard),
            ("/etc/**/x", PatternError::Wildcard),
            ("/etc/x**", PatternError::Wildcard),
        ] {
            assert_eq!(text.parse::<FilePattern>(), Err(wanted), "{text}");
        }
        assert_eq!(format!("/{}", "a".repeat(LONGEST)).parse::<FilePattern>(), Err(PatternError::Long));
    }

    #[test]
    fn the_place_is_the_folder_above() {
        for (pattern, place) in
            [("/etc/ha.d/**", "/etc"), ("/etc/hosts", "/etc"), ("/etc/a/*.b", "/etc/a"), ("/x/**", "")]
        {
            assert_eq!(pattern.parse::<FilePattern>().unwrap().place(), place);
        }
    }
}
