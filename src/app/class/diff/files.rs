//! What differs between two sets of files. Both are of students, so all of it has limits.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use similar::TextDiff;

use crate::base::raw::Raw;
use crate::base::words::several;
use crate::disk::{Content, DiskFile};

/// The most lines that are shown of a file.
const MOST_LINES: usize = 300;

/// The longest line that is shown, in bytes.
const LONGEST_LINE: usize = 1000;

/// The most bytes of all lines together.
const MOST_BYTES: usize = 2 << 20;

/// The lines around a change.
const AROUND: usize = 3;

/// How long the lines of one file may be compared. Then the comparison becomes coarse.
const ONE: Duration = Duration::from_secs(1);

/// How long the lines of all files may be compared.
const ALL: Duration = Duration::from_secs(20);

/// Files and folders that are different on each machine, or change by themselves. A `*` at the end stands for
/// any rest of the path.
const ALWAYS: &[&str] = &[
    "/etc/.pwd.lock",
    "/etc/adjtime",
    "/etc/group-",
    "/etc/gshadow-",
    "/etc/halab/*",
    "/etc/ld.so.cache",
    "/etc/lvm/archive*",
    "/etc/lvm/backup*",
    "/etc/lvm/cache*",
    "/etc/machine-id",
    "/etc/mtab",
    "/etc/passwd-",
    "/etc/shadow-",
    "/etc/ssh/ssh_host_*",
    "/etc/subgid-",
    "/etc/subuid-",
    "/root/.cache*",
    "/root/.lesshst",
    "/root/.rnd",
    "/root/.ssh/authorized_keys",
    "/root/.ssh/known_hosts*",
    "/root/.viminfo",
];

/// A file, link or folder that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FileDiff {
    /// Its path.
    pub path: String,
    /// How it differs.
    pub change: FileChange,
    /// What differs apart from lines: its mode, its owner, its kind.
    pub remarks: Vec<String>,
    /// Lines of a unified difference, without line ends; none if it is no text, or lines are equal.
    pub lines: Vec<String>,
    /// The number of further lines, which are not shown.
    pub more: usize,
}

/// How a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileChange {
    /// It is in the second set only.
    Added,
    /// It is in the first set only.
    Removed,
    /// It is in both.
    Changed,
}

/// Whether a file is different on each machine, or changes by itself.
pub fn always_differs(path: &str) -> bool {
    let listed = ALWAYS.iter().any(|known| match known.strip_suffix('*') {
        Some(begin) => path.starts_with(begin),
        None => path == *known,
    });
    let name = path.rsplit('/').next().unwrap_or_default();
    listed || name.ends_with(".log") || name.contains(".log.") || name.ends_with(".swp")
}

/// A comparison of sets of files, with the limits of all of them.
#[derive(Debug)]
pub struct Comparison {
    /// How many bytes of lines may still be shown.
    left: usize,
    /// When the comparison of lines ends.
    until: Instant,
}

impl Default for Comparison {
    fn default() -> Self {
        Self { left: MOST_BYTES, until: Instant::now() + ALL }
    }
}

impl Comparison {
    /// The files that differ, by path, as far as they count.
    pub fn files(
        &mut self,
        before: &BTreeMap<String, DiskFile>,
        after: &BTreeMap<String, DiskFile>,
        counts: impl Fn(&str) -> bool,
    ) -> Vec<FileDiff> {
        let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let mut found = Vec::new();
        for path in paths.into_iter().filter(|path| counts(path)) {
            let one = match (before.get(path), after.get(path)) {
                (Some(file), Some(other)) if file == other => continue,
                (Some(file), Some(other)) => self.changed(path, file, other),
                (Some(file), None) if !has_content(path, before) => {
                    self.alone(path, file, FileChange::Removed)
                }
                (None, Some(file)) if !has_content(path, after) => self.alone(path, file, FileChange::Added),
                _ => continue,
            };
            found.push(one);
        }
        found
    }

    fn changed(&mut self, path: &str, before: &DiskFile, after: &DiskFile) -> FileDiff {
        let mut remarks = Vec::new();
        if before.mode != after.mode {
            remarks.push(format!("mode {:o}, before {:o}", after.mode, before.mode));
        }
        if (before.user, before.group) != (after.user, after.group) {
            let owner = |file: &DiskFile| format!("{}:{}", file.user, file.group);
            remarks.push(format!("owner {}, before {}", owner(after), owner(before)));
        }
        let (mut lines, mut more) = (Vec::new(), 0);
        if before.content != after.content {
            match (text(&before.content), text(&after.content)) {
                (Some(one), Some(other)) => (lines, more) = self.lines(one, other),
                _ => remarks.push(format!("{}, before {}", kind(&after.content), kind(&before.content))),
            }
        }
        FileDiff { path: path.to_owned(), change: FileChange::Changed, remarks, lines, more }
    }

    fn alone(&mut self, path: &str, file: &DiskFile, change: FileChange) -> FileDiff {
        let remarks = vec![kind(&file.content)];
        let (lines, more) = match (text(&file.content), change) {
            (Some(text), FileChange::Removed) => self.lines(text, ""),
            (Some(text), _) => self.lines("", text),
            (None, _) => (Vec::new(), 0),
        };
        FileDiff { path: path.to_owned(), change, remarks, lines, more }
    }

    /// The lines by which two texts differ, and the number of those that are left out.
    fn lines(&mut self, before: &str, after: &str) -> (Vec<String>, usize) {
        let until = self.until.min(Instant::now() + ONE);
        let diff = TextDiff::configure().deadline(until).diff_lines(before, after);
        let (mut shown, mut more) = (Vec::new(), 0);
        let mut add = |line: String| {
            let line = shortened(line);
            if shown.len() < MOST_LINES && line.len() <= self.left {
                self.left -= line.len();
                shown.push(line);
            } else {
                more += 1;
            }
        };
        for hunk in diff.unified_diff().context_radius(AROUND).iter_hunks() {
            add(hunk.header().to_string());
            for change in hunk.iter_changes() {
                add(format!("{}{}", change.tag(), change.value().trim_end_matches(['\n', '\r'])));
            }
        }
        (shown, more)
    }
}

/// Whether something is in a folder; then the folder itself is not worth a line.
fn has_content(path: &str, files: &BTreeMap<String, DiskFile>) -> bool {
    let inside = format!("{path}/");
    files.range(inside.clone()..).next().is_some_and(|(path, _)| path.starts_with(&inside))
}

/// The text of a file; none if it is another thing.
fn text(content: &Content) -> Option<&str> {
    let Content::File(Raw(bytes)) = content else { return None };
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

fn kind(content: &Content) -> String {
    match content {
        Content::File(Raw(bytes)) => {
            let what = if text(content).is_some() { "a text" } else { "a file that is no text" };
            format!("{what} ({})", several(bytes.len(), "byte"))
        }
        Content::Link(target) => format!("a link to {target}"),
        Content::Folder => "a folder".to_owned(),
    }
}

fn shortened(mut line: String) -> String {
    if line.len() > LONGEST_LINE {
        let end = (0..=LONGEST_LINE).rfind(|end| line.is_char_boundary(*end)).unwrap_or_default();
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: Content) -> DiskFile {
        DiskFile { mode: 0o644, user: 0, group: 0, content }
    }

    fn says(text: &str) -> DiskFile {
        file(Content::File(Raw(text.as_bytes().to_vec())))
    }

    fn set(files: &[(&str, DiskFile)]) -> BTreeMap<String, DiskFile> {
        files.iter().map(|(path, file)| ((*path).to_owned(), file.clone())).collect()
    }

    fn compared(before: &[(&str, DiskFile)], after: &[(&str, DiskFile)]) -> Vec<FileDiff> {
        let counts = |path: &str| !always_differs(path);
        Comparison::default().files(&set(before), &set(after), counts)
    }

    #[test]
    fn lines_that_differ_are_shown_with_those_around_them() {
        let found = compared(
            &[("/etc/hosts", says("a\nb\n")), ("/etc/same", says("x")), ("/etc/gone", says("old"))],
            &[("/etc/hosts", says("a\nc\n")), ("/etc/same", says("x")), ("/etc/new", says("1\r\n2"))],
        );
        let shown: Vec<_> =
            found.iter().map(|one| (one.path.as_str(), one.change, one.lines.join("|"))).collect();
        assert_eq!(
            shown,
            [
                ("/etc/gone", FileChange::Removed, "@@ -1 +0,0 @@|-old".to_owned()),
                ("/etc/hosts", FileChange::Changed, "@@ -1,2 +1,2 @@| a|-b|+c".to_owned()),
                ("/etc/new", FileChange::Added, "@@ -0,0 +1,2 @@|+1|+2".to_owned()),
            ]
        );
    }

    #[test]
    fn modes_owners_links_and_bytes_are_remarks() {
        let bytes = |bytes: &[u8]| file(Content::File(Raw(bytes.to_vec())));
        let link = |target: &str| file(Content::Link(target.to_owned()));
        let found = compared(
            &[("/etc/a", says("x")), ("/etc/b", bytes(b"\0\xff")), ("/etc/c", says("x"))],
            &[
                ("/etc/a", DiskFile { mode: 0o755, user: 33, group: 33, ..says("x") }),
                ("/etc/b", bytes(b"\0")),
                ("/etc/c", link("/etc/a")),
            ],
        );
        let remarks: Vec<String> = found.iter().map(|one| one.remarks.join("; ")).collect();
        assert_eq!(
            remarks,
            [
                "mode 755, before 644; owner 33:33, before 0:0",
                "a file that is no text (1 byte), before a file that is no text (2 bytes)",
                "a link to /etc/a, before a text (1 byte)",
            ]
        );
        assert!(found.iter().all(|one| one.lines.is_empty()));
    }

    #[test]
    fn a_folder_is_named_only_if_it_is_empty() {
        let folder = file(Content::Folder);
        let after = [("/srv/a", folder.clone()), ("/srv/a/x", says("")), ("/srv/a.b", folder)];
        let found: Vec<String> = compared(&[], &after).into_iter().map(|one| one.path).collect();
        assert_eq!(found, ["/srv/a.b", "/srv/a/x"]);
    }

    #[test]
    fn what_always_differs_is_left_out() {
        for path in [
            "/etc/machine-id",
            "/etc/ssh/ssh_host_rsa_key.pub",
            "/root/.ssh/authorized_keys",
            "/root/.cache/x/y",
            "/srv/app.log",
            "/srv/app.log.1",
            "/root/.hosts.swp",
        ] {
            assert!(always_differs(path), "{path}");
        }
        for path in ["/etc/ssh/sshd_config", "/etc/hosts", "/root/.bashrc", "/etc/logrotate.d/x", "/srv/log"]
        {
            assert!(!always_differs(path), "{path}");
        }
    }

    #[test]
    fn long_files_and_lines_are_cut() {
        let many: String = (0..1000).map(|number| format!("{number}\n")).collect();
        let found = compared(&[], &[("/srv/many", says(&many)), ("/srv/wide", says(&"ä".repeat(2000)))]);
        assert_eq!((found[0].lines.len(), found[0].more), (MOST_LINES, 1001 - MOST_LINES));
        assert_eq!(found[1].lines[1].chars().count(), 501);
        let mut comparison = Comparison { left: 20, ..Comparison::default() };
        let found = comparison.files(&BTreeMap::new(), &set(&[("/srv/many", says(&many))]), |_| true);
        assert!(found[0].lines.len() < 10 && found[0].more > 900, "{found:?}");
    }
}
