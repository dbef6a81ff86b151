//! A guest's console: a file that QEMU appends to, followed with inotify.

use std::path::Path;

use inotify::{Inotify, WatchMask};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{Limits, SshError};
use crate::base::growing::Growing;

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

/// How much of the end of a console is read at first, in bytes: a guest may have filled the rest.
const RECENT: u64 = 64 << 20;

/// The longest line in which a phase is looked for, in bytes.
const LONGEST_LINE: usize = 4096;

/// The phases in a console, as its output comes.
#[derive(Debug, Default)]
pub(crate) struct Phases {
    /// The beginning of a line that is not complete yet.
    line: Vec<u8>,
    /// The last phase.
    pub(crate) last: Option<String>,
}

impl Phases {
    /// Takes the next output.
    pub(crate) fn hear(&mut self, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.keep(bytes.get(..end).unwrap_or_default());
            bytes = bytes.get(end + 1..).unwrap_or_default();
            let line = String::from_utf8_lossy(&self.line);
            // A power-on is a phase, too: earlier ones do not count any more.
            if let Some((_, phase)) = line.split_once(MARK) {
                self.last = Some(phase.trim().to_owned());
            }
            self.line.clear();
        }
        self.keep(bytes);
    }

    /// Keeps the beginning of a line.
    fn keep(&mut self, part: &[u8]) {
        let room = LONGEST_LINE.saturating_sub(self.line.len()).min(part.len());
        self.line.extend_from_slice(part.get(..room).unwrap_or_default());
    }
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
    let mut console = Growing::open(file).map_err(SshError::Io)?;
    console.skip_to_last(RECENT).map_err(SshError::Io)?;
    let (mut phases, mut last) = (Phases::default(), String::new());
    loop {
        let piece = console.next().map_err(SshError::Io)?;
        let is_end = piece.is_empty();
        phases.hear(piece);
        if let Some(phase) = phases.last.as_deref().filter(|phase| *phase != last) {
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
        if !is_end {
            continue;
        }
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

    fn phase(text: &str) -> Option<String> {
        let mut phases = Phases::default();
        text.as_bytes().chunks(3).for_each(|part| phases.hear(part));
        phases.last
    }

    #[test]
    fn the_phase_is_the_last_since_power_on() {
        for (text, last) in [
            ("", None),
            ("halab: power on 1\n[ 0.1] x\nhalab: init\n", Some("init")),
            ("halab: ready\nhalab: power on 2\n", Some("power on 2")),
            // A line that is still being written does not count.
            ("halab: init\nhalab: rea", Some("init")),
        ] {
            assert_eq!(phase(text).as_deref(), last, "{text}");
        }
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let mut phases = Phases::default();
        for _ in 0..1000 {
            phases.hear(&[b'x'; 10_000]);
        }
        assert_eq!(phases.line.len(), LONGEST_LINE);
        phases.hear(b"\nhalab: ready\n");
        assert_eq!(phases.last.as_deref(), Some("ready"));
    }

    #[test]
    fn only_the_end_of_a_large_console_is_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        // A hole of a terabyte in place of a guest's chatter.
        file.as_file().set_len(1 << 40).unwrap();
        let mut end = fs_err::OpenOptions::new().append(true).open(file.path()).unwrap();
        std::io::Write::write_all(&mut end, b"\nhalab: ready\n").unwrap();
        await_ready(file.path(), &AtomicBool::new(false)).unwrap();
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
