//! The files that a replay takes from a hand-in.

use std::collections::BTreeMap;

use toml::Spanned;

use super::Reader;
use super::tables::{GradeWord, ReplayTable};
use crate::diagnostic::Diagnostic;
use crate::exercise::model::{Check, CheckKind, Replay};
use crate::model::{FilePattern, Names};

/// Folders in which people configure services. What lies elsewhere is programs, or the state of services.
const CONFIGURED: [&str; 4] = ["/etc", "/usr/local/etc", "/srv", "/var/www"];

/// Files that decide who is who in a node, how `lab` reaches it, and what is part of every program. A student
/// who writes one of them is root of the fresh lab.
const KEPT: [&str; 20] = [
    "/etc/apt",
    "/etc/fstab",
    "/etc/group",
    "/etc/group-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/halab",
    "/etc/initramfs-tools",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/ld.so.preload",
    "/etc/machine-id",
    "/etc/pam.d",
    "/etc/passwd",
    "/etc/passwd-",
    "/etc/security",
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/ssh",
];

/// Folders whose files are programs that a node runs as root by itself.
const PROGRAMS: [&str; 12] = [
    "/etc/cron.d",
    "/etc/cron.daily",
    "/etc/cron.hourly",
    "/etc/cron.monthly",
    "/etc/cron.weekly",
    "/etc/crontab",
    "/etc/init.d",
    "/etc/modprobe.d",
    "/etc/profile",
    "/etc/profile.d",
    "/etc/systemd",
    "/etc/udev",
];

impl Reader<'_> {
    /// The files of a replay; none if copies are graded.
    pub(super) fn replay(&mut self, checks: &[Check]) -> Option<Replay> {
        let file = self.file;
        match (&file.replay, file.grade) {
            (None, GradeWord::Copy) => None,
            (Some(table), GradeWord::Copy) => {
                let message = "copies are graded, so nothing is taken from a hand-in";
                self.error(table.span(), message, "write `grade = \"replay\"`, or leave `[replay]` out");
                None
            }
            (None, GradeWord::Replay) => {
                let help = "name files in `[replay]`: `files = [\"/etc/ha.d/**\"]`";
                self.error(file.name.span(), "the exercise says no file that a replay takes", help);
                None
            }
            (Some(table), GradeWord::Replay) => {
                self.without_data(checks);
                Some(self.replayed(table))
            }
        }
    }

    fn replayed(&mut self, table: &Spanned<ReplayTable>) -> Replay {
        let ReplayTable { files, nodes } = table.get_ref();
        let all = self.patterns(files);
        let known: Vec<&str> = self.lab.nodes.iter().map(|node| node.name.as_str()).collect();
        let mut own = BTreeMap::new();
        for (node, files) in nodes {
            let files = self.patterns(files);
            if self.refer("node", node, known.clone()) {
                own.insert(node.get_ref().clone(), files);
            }
        }
        if files.is_empty() && nodes.values().all(Vec::is_empty) {
            let help = "name files: `files = [\"/etc/ha.d/**\"]`";
            self.error(table.span(), "the exercise says no file that a replay takes", help);
        }
        Replay { all, nodes: own }
    }

    fn patterns(&mut self, files: &[Spanned<String>]) -> Vec<FilePattern> {
        files.iter().filter_map(|text| self.pattern(text)).collect()
    }

    fn pattern(&mut self, text: &Spanned<String>) -> Option<FilePattern> {
        let pattern: FilePattern = match text.get_ref().parse() {
            Ok(pattern) => pattern,
            Err(error) => {
                let help = "write a path such as `/etc/hosts`, `/etc/network/*.conf` or `/etc/ha.d/**`";
                self.error(text.span(), error.to_string(), help);
                return None;
            }
        };
        if !CONFIGURED.iter().any(|root| below(root, pattern.as_str())) {
            let help = format!("a replay takes files below {}", CONFIGURED.join(", "));
            self.error(text.span(), format!("`{pattern}` is no configuration"), help);
            return None;
        }
        if is_wide(&pattern) {
            let help = "name the folder of a service, or single files";
            self.error(text.span(), format!("`{pattern}` is the configuration of everything"), help);
            return None;
        }
        if let Some(kept) = KEPT.iter().find(|kept| meets(&pattern, kept)) {
            let message = format!("`{kept}` is not taken from a hand-in");
            let help = "it would make the student root of the lab that is graded";
            self.error(text.span(), message, help);
            return None;
        }
        if PROGRAMS.iter().any(|folder| meets(&pattern, folder)) {
            let message = format!("`{pattern}` are programs that a node runs as root");
            let warning = Diagnostic::warning(text.span(), message);
            self.found.push(warning.help("the student can make such a node say anything: name fewer files"));
        }
        Some(pattern)
    }

    /// Refuses checks of data: a fresh lab has those of the start.
    fn without_data(&mut self, checks: &[Check]) {
        let file = self.file;
        for check in checks.iter().filter(|check| matches!(check.kind, CheckKind::Kept { .. })) {
            let place = file.check.keys().find(|name| *name.get_ref() == check.name).map(Spanned::span);
            let message = format!("`{}` proves nothing: a fresh lab has the data of the start", check.name);
            self.error(place.unwrap_or_default(), message, "grade copies, or leave this check out");
        }
    }
}

/// Whether a path is at or below another one.
fn below(above: &str, path: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether a pattern names files of all services at once.
fn is_wide(pattern: &FilePattern) -> bool {
    match pattern.names() {
        Names::One(_) => false,
        Names::Some { folder, .. } => folder == "/etc",
        Names::All(folder) => CONFIGURED[..2].contains(&folder),
    }
}

/// Whether a pattern names a path or something below it.
fn meets(pattern: &FilePattern, path: &str) -> bool {
    let named = match pattern.names() {
        Names::One(one) => one,
        Names::Some { folder, .. } | Names::All(folder) => folder,
    };
    pattern.fits(path) || named == path || below(path, named)
}
