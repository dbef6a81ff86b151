//! A guest's console: a file that QEMU appends to, followed with inotify.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use inotify::{Inotify, WatchMask};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{Limits, SshError};

/// The prefix of our console lines; the image's units write them (see `images/`).
pub const MARK: &str = "halab: ";

/// The line that marks a power-on; the provider writes it into the file before QEMU starts.
pub const POWER_ON: &str = "halab: power on";

/// The phase of a guest whose SSH daemon is listening.
pub const READY: &str = "ready";

/// The prefix of the phase of a failed boot; the reason follows.
const FAILED: &str = "failed: ";

/// How long one wait for a change lasts before the limits are checked.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// The last phase in complete lines of the console since the last power-on.
pub fn phase(text: &str) -> Option<&str> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let since = whole.rfind(POWER_ON).map_or(whole, |at| &whole[at..]);
    since.lines().rev().find_map(|line| line.find(MARK).map(|at| line[at + MARK.len()..].trim()))
}

/// The last lines of a console, without control characters.
pub fn tail(text: &str, lines: usize) -> String {
    let clean: Vec<String> = text
        .lines()
        .map(|line| line.chars().filter(|c| !c.is_control()).collect::<String>().trim_end().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    clean[clean.len().saturating_sub(lines)..].join("\n")
}

/// Waits until the console shows a phase; calls `on_phase` for each new one.
///
/// # Errors
/// When a limit is reached first or the file cannot be read.
pub fn await_phase(
    file: &Path,
    wanted: &str,
    limits: Limits<'_>,
    on_phase: &mut dyn FnMut(&str),
) -> Result<(), SshError> {
    let inotify = Inotify::init().map_err(SshError::Io)?;
    inotify.watches().add(file, WatchMask::MODIFY).map_err(SshError::Io)?;
    let mut inotify = inotify;
    let mut seen = String::new();
    let mut last = String::new();
    let mut handle = fs_err::File::open(file).map_err(SshError::Io)?;
    loop {
        handle.seek(SeekFrom::Start(seen.len() as u64)).map_err(SshError::Io)?;
        let mut bytes = Vec::new();
        handle.read_to_end(&mut bytes).map_err(SshError::Io)?;
        // Serial lines are ASCII; other bytes must not change the offset.
        seen.extend(bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }));
        if let Some(phase) = phase(&seen).filter(|phase| *phase != last) {
            on_phase(phase);
            last = phase.to_owned();
        }
        if last == wanted {
            return Ok(());
        }
        if let Some(reason) = last.strip_prefix(FAILED) {
            return Err(SshError::Boot { reason: reason.to_owned() });
        }
        limits.check()?;
        let ready = poll(&mut [PollFd::new(&inotify, PollFlags::IN)], Some(&TICK));
        if ready.is_ok_and(|count| count > 0) {
            let _ = inotify.read_events(&mut [0; 4096]).map(Iterator::count);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    use super::*;

    fn await_ready(file: &Path, cancel: &AtomicBool) -> Result<(), SshError> {
        await_phase(file, READY, Limits::within(Duration::from_secs(10), cancel), &mut |_| {})
    }

    #[test]
    fn the_phase_is_the_last_since_power_on() {
        assert_eq!(phase(""), None);
        assert_eq!(phase("halab: power on 1\n[ 0.1] x\nhalab: init\n"), Some("init"));
        assert_eq!(phase("halab: ready\nhalab: power on 2\n"), Some("power on 2"));
        assert_eq!(
            phase("halab: init\nhalab: rea"),
            Some("init"),
            "a line that is still being written is none"
        );
    }

    #[test]
    fn a_line_written_later_is_heard_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("console");
        fs_err::write(&file, "halab: power on\n").unwrap();
        let cancel = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| await_ready(&file, &cancel));
            use std::io::Write;
            let mut handle = fs_err::OpenOptions::new().append(true).open(&file).unwrap();
            handle.write_all(b"halab: init\r\nhalab: ready\r\n").unwrap();
            waiting.join().unwrap().unwrap();
        });
        assert!(matches!(
            await_phase(&file, "never", Limits::within(Duration::from_millis(1), &cancel), &mut |_| {}),
            Err(SshError::TimedOut)
        ));
    }

    #[test]
    fn a_guest_that_stands_still_is_not_waited_for() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), "halab: power on\nhalab: failed: there is no disk\r\n").unwrap();
        let result = await_ready(file.path(), &AtomicBool::new(false));
        assert!(matches!(result, Err(SshError::Boot { reason }) if reason == "there is no disk"));
    }

    #[test]
    fn a_tail_is_clean() {
        assert_eq!(tail("a\n\n\u{1b}[0mb\r\nc\n", 2), "[0mb\nc");
    }
}
