//! Processes by number and start time, so that a reused number is not mistaken for the earlier process.

use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, openat};
use serde::{Deserialize, Serialize};

/// A process that may have ended in the meantime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its number in our namespace.
    pub pid: i32,
    /// When it started, in clock ticks since boot (field 22 of `/proc/<pid>/stat`).
    pub started: u64,
}

impl Process {
    /// The process that has this number now.
    pub fn of(pid: i32) -> Option<Self> {
        Some(Self { pid, started: start_time(pid)? })
    }

    /// The process that is recorded in a file.
    pub fn read(file: &Path) -> Option<Self> {
        serde_json::from_slice(&fs_err::read(file).ok()?).ok()
    }

    /// Whether the process still runs.
    pub fn is_alive(&self) -> bool {
        start_time(self.pid) == Some(self.started)
    }

    /// A handle on the root of its file system, only for paths that begin there; `None` once it has ended.
    ///
    /// The path `/proc/<pid>/root` may be another process's by the time that it is opened. An open
    /// `/proc/<pid>` stays that of the process that it was opened for, and shows nothing after its end.
    pub fn root(&self) -> Option<OwnedFd> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = openat(CWD, format!("/proc/{}", self.pid), flags, Mode::empty()).ok()?;
        let stat = openat(&folder, "stat", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
        let mut text = String::new();
        std::fs::File::from(stat).read_to_string(&mut text).ok()?;
        (started(&text)? == self.started).then_some(())?;
        openat(&folder, "root", flags, Mode::empty()).ok()
    }
}

fn start_time(pid: i32) -> Option<u64> {
    started(&fs_err::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Field 22 of `/proc/<pid>/stat`; the name before it may hold spaces and brackets, so count from its end. A
/// zombie counts as ended.
fn started(stat: &str) -> Option<u64> {
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_whitespace();
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_root_of_another_process_with_its_number_is_not_opened() {
        let own = Process::of(std::process::id() as i32).unwrap();
        let root = rustix::fs::fstat(own.root().unwrap()).unwrap();
        let machine = rustix::fs::stat("/").unwrap();
        assert_eq!((root.st_dev, root.st_ino), (machine.st_dev, machine.st_ino));
        assert!(Process { started: own.started + 1, ..own }.root().is_none(), "another has its number");
    }

    #[test]
    fn what_is_open_of_a_process_shows_nothing_after_its_end() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let process = Process::of(child.id() as i32).unwrap();
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = openat(CWD, format!("/proc/{}", process.pid), flags, Mode::empty()).unwrap();
        let open = |name: &str| openat(&folder, name, OFlags::PATH | OFlags::CLOEXEC, Mode::empty());
        assert!(process.root().is_some() && open("root").is_ok());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(open("root").is_err() && open("stat").is_err());
        assert!(process.root().is_none());
    }
}
