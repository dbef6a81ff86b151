//! Processes by number and start time, so that a reused number is not mistaken for the earlier process.

use std::path::Path;

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
}

/// Field 22 of `/proc/<pid>/stat`; the name before it may hold spaces and brackets, so count from its end. A
/// zombie counts as ended.
fn start_time(pid: i32) -> Option<u64> {
    let stat = fs_err::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_whitespace();
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18)?.parse().ok()
}
