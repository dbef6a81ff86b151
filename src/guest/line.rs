//! The virtio line of a guest: runs scripts without a handshake.
//!
//! After a restore, a new SSH connection takes longer than the restore itself, because QEMU has to translate
//! and load all code for it again; after a boot it takes a second. The line is open already and needs at most
//! one new process in the guest, after a restore one prepared in advance. A serial port would work, but costs
//! an emulated guest about 10 µs per byte. The guest's end is part of our images
//! (`image/build/guest/line.pl`).

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Limits, Output, SshError, Turn};
use crate::base::socket;

/// How long one wait for an answer lasts before the limits are checked.
const TICK: Duration = Duration::from_millis(100);

/// The longest kept answer, in bytes; earlier output is dropped.
const LONGEST: usize = 64 * 1024;

/// How long the guest's end may take to respond at all.
const ATTENTION: Duration = Duration::from_secs(2);

/// The longest script, in bytes: it has to fit into the pipe to its shell, for which the guest's kernel
/// buffers 64 KiB.
pub const LONGEST_SCRIPT: usize = 8 * 1024;

/// An open line. Requests of several threads run concurrently. QEMU accepts one client at a time, so close
/// the line after use.
#[derive(Debug)]
pub struct Line {
    /// The writing side, used by one request at a time so that requests do not interleave.
    stream: Turn<UnixStream>,
    mailbox: Arc<Mailbox>,
    reader: Option<JoinHandle<()>>,
}

impl Line {
    /// Opens the line at this socket; `None` if either end does not answer.
    ///
    /// # Errors
    /// When the line breaks, or the user cancels.
    pub fn open(socket: &Path, limits: Limits<'_>) -> Result<Option<Self>, SshError> {
        let attention = Limits { until: limits.until.min(Instant::now() + ATTENTION), ..limits };
        let stream = match socket::unix(socket, || attention.check().is_ok()) {
            Ok(stream) => stream,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
                return Ok(None);
            }
            // Another program uses it, and QEMU accepts only one client.
            Err(error) if error.kind() == ErrorKind::TimedOut => return limits.check().map(|()| None),
            Err(error) => return Err(SshError::Io(error)),
        };
        stream.set_write_timeout(Some(TICK)).map_err(SshError::Io)?;
        let incoming = stream.try_clone().map_err(SshError::Io)?;
        let mailbox = Arc::new(Mailbox::default());
        let inbox = Arc::clone(&mailbox);
        let reader = std::thread::spawn(move || inbox.fill(incoming));
        let line = Self { stream: Turn::of(stream), mailbox, reader: Some(reader) };
        match line.ask("here", true, attention) {
            // An old agent that lacks this command lacks all of them.
            Ok(output) => Ok((output.status == 0).then_some(line)),
            Err(SshError::TimedOut) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Runs a script.
    ///
    /// # Errors
    /// When no answer comes in time.
    pub fn run(&self, script: &str, limits: Limits<'_>) -> Result<Output, SshError> {
        self.ask(&format!("run {}", escaped(script)), false, limits)
    }

    /// Sets the guest's clock to the present and reseeds its kernel's random number generator with `random`,
    /// plain letters.
    ///
    /// # Errors
    /// When no answer comes in time.
    pub fn wake(&self, random: &str, limits: Limits<'_>) -> Result<Output, SshError> {
        let now = jiff::Timestamp::now();
        let (seconds, nanoseconds) = (now.as_second(), now.subsec_nanosecond());
        self.ask(&format!("wake {seconds} {nanoseconds} {random}"), false, limits)
    }

    /// Starts shells in advance for the first scripts after a restore, when starting one takes longer than
    /// most scripts.
    ///
    /// # Errors
    /// When no answer comes in time.
    pub fn prepare(&self, limits: Limits<'_>) -> Result<Output, SshError> {
        self.ask("prepare", false, limits)
    }

    /// Whether the line is broken.
    pub fn is_broken(&self) -> bool {
        self.mailbox.state().broken.is_some()
    }

    /// Sends a request and waits for its answer; repeats an unacknowledged request if `again`, which must be
    /// harmless.
    fn ask(&self, request: &str, again: bool, limits: Limits<'_>) -> Result<Output, SshError> {
        let number = self.mailbox.expect();
        // The leading line feed terminates an incomplete earlier request.
        let request = format!("\n{number} {request}\n");
        let result = (|| {
            loop {
                limits.check()?;
                self.send(request.as_bytes(), limits)?;
                loop {
                    if let Some(output) = self.mailbox.wait(&number)? {
                        return Ok(output);
                    }
                    limits.check()?;
                    if again {
                        break;
                    }
                }
            }
        })();
        self.mailbox.forget(&number);
        result
    }

    /// Writes a complete request. A paused guest does not read, so the buffer can be full.
    fn send(&self, request: &[u8], limits: Limits<'_>) -> Result<(), SshError> {
        let mut stream = self.stream.take(limits)?;
        let mut rest = request;
        while !rest.is_empty() {
            let result = match stream.write(rest) {
                Ok(length) => {
                    rest = &rest[length..];
                    continue;
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                    limits.check()
                }
                Err(error) => Err(SshError::Io(error)),
            };
            if result.is_err() && rest.len() < request.len() {
                // Nothing must follow an incomplete script.
                let _ = stream.shutdown(Shutdown::Both);
            }
            result?;
        }
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let stream = self.stream.get_mut();
        // The guest may have closed it already.
        let _ = stream.shutdown(Shutdown::Both);
        if let Some(reader) = self.reader.take() {
            // If it panicked, waiting requests have seen a broken line.
            let _ = reader.join();
        }
    }
}

/// Answers, passed from the reading thread to the waiting threads.
#[derive(Debug, Default)]
struct Mailbox {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The number of requests.
    requests: u64,
    /// Requests that are not answered or whose answer has not been taken.
    open: BTreeMap<String, Option<Output>>,
    broken: Option<ErrorKind>,
}

impl Mailbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A unique number for a request, different from those of earlier programs, whose late answers can still
    /// arrive.
    fn expect(&self) -> String {
        let mut state = self.state();
        state.requests += 1;
        let now = jiff::Timestamp::now().as_nanosecond();
        let number = format!("{now:x}-{}-{}", std::process::id(), state.requests);
        state.open.insert(number.clone(), None);
        number
    }

    fn forget(&self, number: &str) {
        self.state().open.remove(number);
    }

    /// The answer to a request, if it arrives within a tick.
    fn wait(&self, number: &str) -> Result<Option<Output>, SshError> {
        let waiting = |state: &mut State| {
            state.broken.is_none() && !state.open.get(number).is_some_and(Option::is_some)
        };
        let (mut state, _) =
            self.news.wait_timeout_while(self.state(), TICK, waiting).unwrap_or_else(PoisonError::into_inner);
        match (state.open.get_mut(number).and_then(Option::take), state.broken) {
            (None, Some(kind)) => Err(SshError::Io(kind.into())),
            (output, _) => Ok(output),
        }
    }

    /// Reads answers until the line is closed.
    fn fill(&self, mut stream: UnixStream) {
        let mut heard = Vec::new();
        let mut part = [0; 4096];
        let kind = loop {
            match stream.read(&mut part) {
                Ok(0) => break ErrorKind::UnexpectedEof,
                Ok(length) => heard.extend_from_slice(&part[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break error.kind(),
            }
            let mut state = self.state();
            while let Some((number, output)) = answer(&mut heard, |number| state.open.contains_key(number)) {
                state.open.insert(number, Some(output));
                self.news.notify_all();
            }
            if heard.len() > 2 * LONGEST {
                heard.drain(..heard.len() - 2 * LONGEST);
            }
        };
        self.state().broken = Some(kind);
        self.news.notify_all();
    }
}

/// Removes and returns the first complete answer from the received bytes. Answers to requests of earlier
/// programs are dropped.
pub(crate) fn answer(heard: &mut Vec<u8>, asked: impl Fn(&str) -> bool) -> Option<(String, Output)> {
    let mut start = 0;
    while let Some(length) = heard[start..].iter().position(|byte| *byte == b'\n') {
        let end = start + length;
        let Some((number, status)) = last_line(&heard[start..end]) else {
            start = end + 1;
            continue;
        };
        // The line feed before the last line is not part of the output.
        let text = start.saturating_sub(1);
        let text = String::from_utf8_lossy(&heard[text.saturating_sub(LONGEST)..text]).into_owned();
        heard.drain(..=end);
        if asked(&number) {
            return Some((number, Output { status, text }));
        }
        start = 0;
    }
    None
}

/// The number and the status in the last line of an answer, if this is one.
fn last_line(line: &[u8]) -> Option<(String, i32)> {
    let (number, status) = std::str::from_utf8(line).ok()?.strip_prefix("halab-")?.split_once(' ')?;
    let plain = |letter: char| letter.is_ascii_hexdigit() || letter == '-';
    number.chars().all(plain).then_some(())?;
    Some((number.to_owned(), status.trim().parse().ok()?))
}

/// A script as one line in the escape syntax of the guest's end: all special bytes as octal numbers.
fn escaped(script: &str) -> String {
    let mut text = String::with_capacity(script.len() * 2);
    for byte in script.bytes() {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(byte.into()),
            other => text.push_str(&format!("\\0{other:03o}")),
        }
    }
    text
}

#[cfg(test)]
mod tests;
