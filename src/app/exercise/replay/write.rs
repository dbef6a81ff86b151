//! Puts files that were taken from a hand-in into a fresh node, and removes those that the hand-in has not.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use tar::{Builder, EntryType, Header};

use crate::app::error::AppError;
use crate::app::exercise::copy::Copy;
use crate::app::job::Job;
use crate::base::archive::{Bounded, Bounds};
use crate::base::raw::Raw;
use crate::base::shell::quote;
use crate::disk::{Content, Taken};
use crate::guest::keeper::Shell;
use crate::guest::{Limits, Output, SshError};
use crate::model::{FilePattern, Names, NodeName};

/// How long one step may take.
const LIMIT: Duration = Duration::from_secs(60);

/// The longest list of files of a node, in bytes.
const LONGEST_LIST: u64 = 4 << 20;

/// Makes the files of some patterns on a node, which runs, those that were taken.
///
/// # Errors
/// When the node does not answer, or the files do not fit its own.
pub fn files(
    job: &Job,
    copy: &Copy<'_>,
    node: &NodeName,
    patterns: &[FilePattern],
    taken: &Taken,
) -> Result<(), AppError> {
    let locked = copy.locked()?;
    if locked.provider.model().is_some() {
        // A model has no files.
        return Ok(());
    }
    let writing = Writing { job, node, shell: locked.provider.shell(node)? };
    let gone = gone(&writing.list(patterns)?, taken);
    writing.feed("removing files", "xargs -0 -r rm -rf --", |into| into.write_all(gone.as_bytes()))?;
    let unpack = "tar -C / -xpf - --numeric-owner --same-owner && sync";
    writing.feed("writing files", unpack, |into| archive(taken, into))
}

struct Writing<'a> {
    job: &'a Job,
    node: &'a NodeName,
    shell: Shell,
}

impl Writing<'_> {
    fn limits(&self) -> Limits<'_> {
        Limits::within(LIMIT, self.job.cancel())
    }

    /// The files of the patterns on the node, each with the letter of its kind: `f /etc/hosts`.
    fn list(&self, patterns: &[FilePattern]) -> Result<Vec<String>, AppError> {
        let mut list = Vec::new();
        let bounds = Bounds { bytes: LONGEST_LIST, cancel: self.job.cancel() };
        let found = self.shell.fetch(&listing(patterns), &mut Bounded::new(&mut list, bounds), self.limits());
        match found.map_err(|error| self.broken("listing files", &error))? {
            0 => Ok(String::from_utf8_lossy(&list).split_terminator('\0').map(str::to_owned).collect()),
            status => {
                Err(AppError::failed(format!("the files of {} cannot be listed ({status})", self.node))
                    .hint("a folder on the way to them is a link in the fresh lab"))
            }
        }
    }

    /// Runs a script with an input.
    fn feed(
        &self,
        what: &str,
        script: &str,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), AppError> {
        let failed = |error: io::Error| AppError::failed("there is no room for the files").because(error);
        let mut input = tempfile::tempfile_in(self.job.state.root()).map_err(failed)?;
        write(&mut input).and_then(|()| input.seek(SeekFrom::Start(0))).map_err(failed)?;
        let output = self.shell.feed(script, &input, self.limits());
        let output = output.map_err(|error| self.broken(what, &error))?;
        match output.status {
            0 => Ok(()),
            _ => Err(self.refused(what, &output)),
        }
    }

    fn broken(&self, what: &str, error: &SshError) -> AppError {
        if self.job.asked_to_stop() {
            return AppError::stopped();
        }
        AppError::failed(format!("{what} on {} did not work", self.node)).because_sources(error)
    }

    fn refused(&self, what: &str, output: &Output) -> AppError {
        AppError::failed(format!("{what} on {} did not work", self.node)).detail("it says", output.tail(5))
    }
}

/// The script that lists the files of patterns. It fails when a folder on the way to them is a link.
fn listing(patterns: &[FilePattern]) -> String {
    let mut script = "set -e\n".to_owned();
    for pattern in patterns {
        let place = quote(if pattern.place().is_empty() { "/" } else { pattern.place() });
        script.push_str(&format!("if test -e {place}; then test \"$(readlink -f {place})\" = {place}\n"));
        let print = "-printf '%y %p\\0'";
        script.push_str(&match pattern.names() {
            Names::One(path) => {
                format!("if test -e {0} || test -L {0}; then find {0} -maxdepth 0 {print}; fi", quote(path))
            }
            Names::All(path) => {
                format!("if test -e {0} || test -L {0}; then find {0} {print}; fi", quote(path))
            }
            Names::Some { names, .. } => {
                format!("find {place} -mindepth 1 -maxdepth 1 ! -type d -name {} {print}", quote(names))
            }
        });
        script.push_str("\nfi\n");
    }
    script
}

/// The paths of files that are removed, each with a zero byte at its end: those that were not taken, or are
/// of another kind.
fn gone(list: &[String], taken: &Taken) -> String {
    let kept = |kind: &str, path: &str| {
        taken.files.get(path).is_some_and(|file| kind == file.content.letter().to_string())
    };
    let split = list.iter().filter_map(|line| line.split_once(' '));
    split.filter(|(kind, path)| !kept(kind, path)).map(|(_, path)| format!("{path}\0")).collect()
}

/// Writes files as an archive, folders before what is in them.
///
/// # Errors
/// When it cannot be written.
pub fn archive(taken: &Taken, into: impl Write) -> io::Result<()> {
    let mut builder = Builder::new(into);
    let now = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default();
    for (path, file) in &taken.files {
        let mut header = Header::new_gnu();
        header.set_mode(file.mode);
        header.set_uid(file.user.into());
        header.set_gid(file.group.into());
        header.set_mtime(now);
        header.set_size(0);
        let path = Path::new(path.trim_start_matches('/'));
        match &file.content {
            Content::Folder => {
                header.set_entry_type(EntryType::Directory);
                builder.append_data(&mut header, path, io::empty())?;
            }
            Content::Link(target) => {
                header.set_entry_type(EntryType::Symlink);
                builder.append_link(&mut header, path, target)?;
            }
            Content::File(Raw(bytes)) => {
                header.set_entry_type(EntryType::Regular);
                header.set_size(bytes.len() as u64);
                builder.append_data(&mut header, path, bytes.as_slice())?;
            }
        }
    }
    builder.into_inner()?.flush()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::process::Command;

    use super::*;
    use crate::disk::DiskFile;

    fn taken() -> Taken {
        let file = |mode, content| DiskFile { mode, user: 0, group: 0, content };
        let long = format!("/etc/ha.d/{}", "x".repeat(200));
        let files = BTreeMap::from([
            ("/etc/ha.d".to_owned(), file(0o755, Content::Folder)),
            ("/etc/ha.d/authkeys".to_owned(), file(0o600, Content::File(Raw(b"auth 1\n".to_vec())))),
            ("/etc/ha.d/link".to_owned(), file(0o777, Content::Link("/etc/hosts".to_owned()))),
            (long, file(0o644, Content::File(Raw(vec![0; 1000])))),
        ]);
        Taken { files, left_out: Vec::new() }
    }

    #[test]
    fn an_archive_has_modes_and_links() {
        let mut bytes = Vec::new();
        archive(&taken(), &mut bytes).unwrap();
        let folder = tempfile::tempdir().unwrap();
        tar::Archive::new(bytes.as_slice()).unpack(folder.path()).unwrap();
        let inside = |path: &str| folder.path().join("etc/ha.d").join(path);
        assert_eq!(fs_err::read_to_string(inside("authkeys")).unwrap(), "auth 1\n");
        assert_eq!(fs_err::read_link(inside("link")).unwrap(), Path::new("/etc/hosts"));
        assert_eq!(fs_err::metadata(inside(&"x".repeat(200))).unwrap().len(), 1000);
    }

    #[test]
    fn what_was_not_taken_or_is_of_another_kind_is_removed() {
        let list = ["d /etc/ha.d", "f /etc/ha.d/authkeys", "f /etc/ha.d/link", "f /etc/ha.d/old one"];
        let list: Vec<String> = list.map(str::to_owned).to_vec();
        assert_eq!(gone(&list, &taken()), "/etc/ha.d/link\0/etc/ha.d/old one\0");
    }

    #[test]
    fn files_are_listed_by_their_patterns_and_no_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs_err::canonicalize(folder.path()).unwrap();
        fs_err::create_dir_all(root.join("a/deep")).unwrap();
        for file in ["a/one.conf", "a/two.txt", "a/deep/three.conf"] {
            fs_err::write(root.join(file), "").unwrap();
        }
        fs_err::os::unix::fs::symlink(root.join("a"), root.join("b")).unwrap();
        let list = |patterns: &[&str]| {
            let patterns: Vec<FilePattern> = patterns
                .iter()
                .map(|pattern| format!("{}/{pattern}", root.display()).parse().unwrap())
                .collect();
            let output = Command::new("sh").arg("-c").arg(listing(&patterns)).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap().replace(&root.display().to_string(), "");
            let mut found: Vec<String> = text.split_terminator('\0').map(str::to_owned).collect();
            found.sort();
            (output.status.success(), found)
        };
        assert_eq!(list(&["a/*.conf", "a/none", "none/**"]), (true, vec!["f /a/one.conf".to_owned()]));
        let all = ["d /a", "d /a/deep", "f /a/deep/three.conf", "f /a/one.conf", "f /a/two.txt"];
        assert_eq!(list(&["a/**"]), (true, all.map(str::to_owned).to_vec()));
        assert_eq!(list(&["b/**"]), (true, vec!["l /b".to_owned()]));
        assert!(!list(&["b/*.conf"]).0 && !list(&["b/one.conf"]).0);
    }
}
