//! A guest's second serial line: scripts without a handshake.
//!
//! A new SSH connection to a guest that was just restored takes longer than the restore: all that it needs is translated or read anew.
//! To one that has just booted it takes a second. A line that is open already needs one process in the guest. It is slow for much
//! text, and what the guest does not read in time is lost at some point, so it is for short scripts only.
//! Its other end is in our images (`image/build/guest/line.sh`).

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Limits, Output, SshError};

/// How long one wait for an answer lasts before the limits are looked at.
const TICK: Duration = Duration::from_millis(100);

/// The longest answer that is kept, in bytes; what is before it is of no interest in a message.
const LONGEST: usize = 64 * 1024;

/// How long somebody at the guest's end may take to answer at all. One who is asked something else at the moment may take
/// longer, and a new session is the better way then.
const ATTENTION: Duration = Duration::from_secs(2);

/// The longest script that may go over a line, in bytes. The guest's kernel keeps at least 64 KiB that nobody has read, and four
/// bytes may stand for one.
pub const LONGEST_SCRIPT: usize = 8 * 1024;

/// Runs a script on the line whose socket this is; none if nobody listens at either end.
///
/// # Errors
/// When somebody listens and no answer comes in time.
pub fn run(socket: &Path, script: &str, limits: Limits<'_>) -> Result<Option<Output>, SshError> {
    let Some(mut line) = attentive(socket, limits)? else { return Ok(None) };
    line.ask(script, false, limits).map(Some)
}

/// Whether somebody listens at both ends of the line whose socket this is.
///
/// # Errors
/// When the line breaks, or the user stops it.
pub fn answers(socket: &Path, limits: Limits<'_>) -> Result<bool, SshError> {
    Ok(attentive(socket, limits)?.is_some())
}

/// The line, once somebody at its other end has answered; none if nobody does.
fn attentive(socket: &Path, limits: Limits<'_>) -> Result<Option<Line>, SshError> {
    let line = match UnixStream::connect(socket) {
        Ok(line) => line,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) => return Err(SshError::Io(error)),
    };
    line.set_read_timeout(Some(TICK)).map_err(SshError::Io)?;
    let mut line = Line { stream: line, heard: Vec::new() };
    let attention = Limits { until: limits.until.min(Instant::now() + ATTENTION), ..limits };
    match line.ask("", true, attention) {
        Err(SshError::TimedOut) => Ok(None),
        result => result.map(|_| Some(line)),
    }
}

/// An open line, and what was heard on it.
struct Line {
    stream: UnixStream,
    heard: Vec<u8>,
}

impl Line {
    /// Sends a request and waits for its answer; again and again if what nobody heard does no harm.
    fn ask(&mut self, script: &str, again: bool, limits: Limits<'_>) -> Result<Output, SshError> {
        let number = number();
        // The line end before it ends whatever half of a request is there.
        let request = format!("\n{number} {}\n", escaped(script));
        self.stream.write_all(request.as_bytes()).map_err(SshError::Io)?;
        let mut part = [0; 4096];
        loop {
            limits.check()?;
            match self.stream.read(&mut part) {
                Ok(0) => return Err(SshError::Io(ErrorKind::UnexpectedEof.into())),
                Ok(length) => self.heard.extend_from_slice(&part[..length]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                    if again {
                        self.stream.write_all(request.as_bytes()).map_err(SshError::Io)?;
                    }
                }
                Err(error) => return Err(SshError::Io(error)),
            }
            if let Some(output) = answer(&self.heard, &number) {
                self.heard.clear();
                return Ok(output);
            }
            if self.heard.len() > LONGEST {
                self.heard.drain(..self.heard.len() - LONGEST);
            }
        }
    }
}

/// Tells an answer from what is left of an earlier one.
fn number() -> String {
    format!("{:x}-{}", jiff::Timestamp::now().as_nanosecond(), std::process::id())
}

/// A script as one line of the escapes that `printf %b` knows. Whatever is not plain is an octal number.
fn escaped(script: &str) -> String {
    let mut text = String::with_capacity(script.len() * 2);
    for byte in script.bytes() {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\\' => text.push_str("\\\\"),
            // The shell that reads the line would take blanks off its ends.
            b' '..=b'~' => text.push(byte.into()),
            other => text.push_str(&format!("\\0{other:03o}")),
        }
    }
    text
}

/// The answer, once its last line is whole.
fn answer(heard: &[u8], number: &str) -> Option<Output> {
    let text = String::from_utf8_lossy(heard);
    let mark = format!("\nhalab-{number} ");
    let (before, after) = text.split_once(&mark)?;
    let (status, _) = after.split_once('\n')?;
    Some(Output { status: status.trim().parse().unwrap_or(255), text: before.to_owned() })
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::sync::atomic::AtomicBool;

    use super::*;

    /// The guest's end with its own words, on a socket in the place of a serial line.
    fn guest(listener: UnixListener) {
        let script = include_str!("../image/build/guest/line.sh");
        let script = script.replace("exec 0<>/dev/ttyS1 1>&0 2>&1\nstty raw -echo\n", "");
        assert!(!script.contains("/dev/ttyS1"), "the test would use this machine's own line");
        let (stream, _) = listener.accept().unwrap();
        let output = stream.try_clone().unwrap();
        let errors = stream.try_clone().unwrap();
        std::process::Command::new("sh")
            .args(["-c", &script])
            .stdin(std::os::fd::OwnedFd::from(stream))
            .stdout(std::os::fd::OwnedFd::from(output))
            .stderr(std::os::fd::OwnedFd::from(errors))
            .status()
            .unwrap();
    }

    #[test]
    fn scripts_arrive_as_they_are_and_answers_with_their_status() {
        let folder = tempfile::tempdir().unwrap();
        let cancel = AtomicBool::new(false);
        let ask = |script: &str| {
            let socket = folder.path().join(format!("line-{}", number()));
            let listener = UnixListener::bind(&socket).unwrap();
            std::thread::scope(|scope| {
                scope.spawn(|| guest(listener));
                run(&socket, script, Limits::within(Duration::from_secs(20), &cancel)).unwrap().unwrap()
            })
        };
        let hard = "x='a  \\n \"b\" % ü'\nprintf '%s\\n' \"$x\"\n(exit 7)";
        assert_eq!(ask(hard), Output { status: 7, text: "a  \\n \"b\" % ü\n".to_owned() });
        assert_eq!(ask("cat; echo no >&2"), Output { status: 0, text: "no\n".to_owned() });
    }

    #[test]
    fn an_earlier_answer_is_not_taken_for_this_one() {
        assert_eq!(answer(b"\nhalab-1 0\nmore", "2"), None);
        assert_eq!(answer(b"\nhalab-2 0", "2"), None, "its last line is not whole");
        let both = b"old\nhalab-1 3\nnew\nhalab-2 0\n";
        assert_eq!(answer(both, "2").unwrap().status, 0);
    }
}
