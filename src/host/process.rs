//! What is done to processes ([`Process`]): a number that was given to another process is never signalled.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use super::HostError;
use crate::base::process::Process;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

impl Process {
    /// A handle on it, if it lives.
    fn open(&self) -> Option<OwnedFd> {
        let handle = pidfd_open(Pid::from_raw(self.pid)?, PidfdFlags::empty()).ok()?;
        self.is_alive().then_some(handle)
    }

    /// Sends it a signal, if it has not ended.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn signal(&self, signal: Signal) -> Result<(), HostError> {
        let Some(handle) = self.open() else { return Ok(()) };
        match pidfd_send_signal(&handle, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(source) => Err(HostError::System { what: "signal a process", source: source.into() }),
        }
    }

    /// Whether SIGSTOP has stopped it.
    pub fn is_stopped(&self) -> bool {
        let stat = fs_err::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap_or_default();
        let state = stat.get(stat.rfind(')').map_or(0, |end| end + 2)..).unwrap_or_default();
        self.is_alive() && state.starts_with('T')
    }

    /// Kills it if it is alive, and waits until it has ended.
    ///
    /// # Errors
    /// When it has not ended within `limit`.
    pub fn kill_and_wait(&self, limit: Duration) -> Result<(), HostError> {
        let Some(handle) = self.open() else { return Ok(()) };
        match pidfd_send_signal(&handle, Signal::KILL) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => {}
            Err(source) => return Err(HostError::System { what: "kill a process", source: source.into() }),
        }
        if wait(&handle, limit)? {
            return Ok(());
        }
        Err(HostError::WouldNotEnd { what: format!("process {}", self.pid), limit_s: limit.as_secs() })
    }
}

/// Waits until the process of a handle has ended; false when the limit is reached first.
fn wait(handle: &OwnedFd, limit: Duration) -> Result<bool, HostError> {
    let end = Instant::now() + limit;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let timeout =
            rustix::event::Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        match poll(&mut [PollFd::new(handle, PollFlags::IN)], Some(&timeout)) {
            Ok(0) => return Ok(false),
            Ok(_) => return Ok(true),
            Err(rustix::io::Errno::INTR) => {}
            Err(source) => {
                return Err(HostError::System { what: "wait for a process", source: source.into() });
            }
        }
    }
}

/// All processes. Each is known by its start time before a caller looks at it: if its number is given to
/// another while the caller looks, that one is neither found nor signalled.
fn all() -> Vec<Process> {
    let Ok(entries) = fs_err::read_dir("/proc") else { return Vec::new() };
    let number = |name: std::ffi::OsString| name.to_str()?.parse().ok();
    entries.flatten().filter_map(|entry| Process::of(number(entry.file_name())?)).collect()
}

/// The processes whose command lines are any program name followed by these words.
pub fn running(words: &[OsString]) -> Vec<Process> {
    let wanted: Vec<u8> = words.iter().flat_map(|word| [word.as_bytes(), b"\0"].concat()).collect();
    let after_program = |line: Vec<u8>| {
        let end = line.iter().position(|byte| *byte == 0)?;
        (line[end + 1..] == wanted).then_some(())
    };
    let is_one = |process: &Process| {
        fs_err::read(format!("/proc/{}/cmdline", process.pid)).ok().and_then(after_program).is_some()
    };
    all().into_iter().filter(is_one).filter(Process::is_alive).collect()
}

/// The process in the same process namespace as `init` that has this argument on its command line.
pub fn find_beside(init: &Process, argument: &str) -> Option<Process> {
    let is_one = |process: &Process| {
        let line = fs_err::read(format!("/proc/{}/cmdline", process.pid)).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|part| part.starts_with(argument.as_bytes()))
    };
    let beside = all().into_iter().filter(|process| are_together(init.pid, process.pid));
    beside.filter(is_one).find(|found| found.is_alive() && init.is_alive())
}

/// Whether two processes are in the same process namespace.
pub fn are_together(one: i32, other: i32) -> bool {
    let namespace = |pid: i32| fs_err::read_link(format!("/proc/{pid}/ns/pid")).ok();
    namespace(one).is_some_and(|one| namespace(other) == Some(one))
}

/// Ends every process in a network namespace except this one: `lab client` shells and forwards would
/// otherwise keep a deleted namespace alive.
pub fn end_all_in(netns: &Path, limit: Duration) -> Result<(), HostError> {
    use std::os::unix::fs::MetadataExt;
    let Ok(wanted) = fs_err::metadata(netns).map(|meta| (meta.dev(), meta.ino())) else { return Ok(()) };
    let own = std::process::id() as i32;
    let is_inside = |process: &Process| {
        let found = fs_err::metadata(format!("/proc/{}/ns/net", process.pid));
        process.pid != own && found.is_ok_and(|found| (found.dev(), found.ino()) == wanted)
    };
    all().into_iter().filter(is_inside).try_for_each(|process| process.kill_and_wait(limit))
}

/// Ends every process of a user in the process namespace of `init`.
pub fn end_all_of(init: &Process, user: u32, limit: Duration) -> Result<(), HostError> {
    let is_of_user = |process: &Process| {
        let status = fs_err::read_to_string(format!("/proc/{}/status", process.pid)).unwrap_or_default();
        let mut lines = status.lines().filter_map(|line| line.strip_prefix("Uid:"));
        lines.next().is_some_and(|uids| uids.split_whitespace().any(|uid| uid.parse() == Ok(user)))
    };
    let is_theirs = |process: &Process| are_together(init.pid, process.pid) && is_of_user(process);
    let theirs: Vec<Process> = all().into_iter().filter(is_theirs).collect();
    // If the number of the first was another process's meanwhile, these are not its own.
    if !init.is_alive() {
        return Ok(());
    }
    theirs.into_iter().try_for_each(|process| process.kill_and_wait(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_found_by_its_words_and_not_by_a_part_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let word = |path: &Path| -> [OsString; 2] { ["-f".into(), path.into()] };
        let file = folder.path().join("file");
        fs_err::write(&file, "").unwrap();
        let mut child = std::process::Command::new("tail").args(word(&file)).spawn().unwrap();
        let found = |path: &Path| running(&word(path)).iter().any(|found| found.pid == child.id() as i32);
        // Until it calls exec, the child is this program.
        let until = Instant::now() + Duration::from_secs(20);
        while !found(&file) && Instant::now() < until {
            std::thread::yield_now();
        }
        assert!(found(&file));
        assert!(!found(folder.path()), "another word");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_child_is_found_killed_and_gone() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let process = Process::of(child.id() as i32).unwrap();
        assert!(process.is_alive());
        let other = Process { started: process.started + 1, ..process };
        assert!(!other.is_alive(), "another start time is another process");
        other.kill_and_wait(Duration::from_secs(1)).unwrap();
        assert!(process.is_alive(), "a process that is not the one meant is left alone");
        process.kill_and_wait(Duration::from_secs(5)).unwrap();
        assert!(!process.is_alive());
        child.wait().unwrap();
    }
}
