//! A guest's line, a virtio port: scripts without a handshake.
//!
//! A new SSH connection to a guest that was just restored takes longer than the restore: all that it needs is translated or read anew.
//! To one that has just booted it takes a second. A line that is open already needs at most one process in the guest, and after a
//! restore one that waited for it. A serial line would do, but an emulated guest takes some 10 µs for each byte of one. Its other
//! end is in our images (`image/build/guest/line.pl`).

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

/// How long one wait for an answer lasts before the limits are looked at.
const TICK: Duration = Duration::from_millis(100);

/// The longest answer that is kept, in bytes; what is before it is of no interest in a message.
const LONGEST: usize = 64 * 1024;

/// How long somebody at the guest's end may take to answer at all.
const ATTENTION: Duration = Duration::from_secs(2);

/// The longest script that may go over a line, in bytes: it must fit into the pipe to its shell, of which the guest's kernel keeps
/// 64 KiB.
pub const LONGEST_SCRIPT: usize = 8 * 1024;

/// An open line. Requests of several threads are done side by side. QEMU gives it to one program at a time, so it is not kept
/// for longer than it is used.
#[derive(Debug)]
pub struct Line {
    /// What is written to, by one request at a time, which must not be mixed with another.
    stream: Turn<UnixStream>,
    mailbox: Arc<Mailbox>,
    reader: Option<JoinHandle<()>>,
}

impl Line {
    /// Opens the line whose socket this is; none if nobody listens at either end.
    ///
    /// # Errors
    /// When the line breaks, or the user stops it.
    pub fn open(socket: &Path, limits: Limits<'_>) -> Result<Option<Self>, SshError> {
        let attention = Limits { until: limits.until.min(Instant::now() + ATTENTION), ..limits };
        let stream = match socket::unix(socket, || attention.check().is_ok()) {
            Ok(stream) => stream,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
                return Ok(None);
            }
            // Another program uses it, and QEMU listens to nobody else meanwhile.
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
            // Whoever does not know the word does not know the others either.
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

    /// Sets the guest's clock to this moment, and has its kernel draw new random numbers from these, which are plain letters.
    ///
    /// # Errors
    /// When no answer comes in time.
    pub fn wake(&self, random: &str, limits: Limits<'_>) -> Result<Output, SshError> {
        let now = jiff::Timestamp::now();
        let (seconds, nanoseconds) = (now.as_second(), now.subsec_nanosecond());
        self.ask(&format!("wake {seconds} {nanoseconds} {random}"), false, limits)
    }

    /// Has shells wait for the scripts that come first after a restore: starting one then takes longer than most scripts.
    ///
    /// # Errors
    /// When no answer comes in time.
    pub fn prepare(&self, limits: Limits<'_>) -> Result<Output, SshError> {
        self.ask("prepare", false, limits)
    }

    /// Whether nothing can be asked any more.
    pub fn is_broken(&self) -> bool {
        self.mailbox.state().broken.is_some()
    }

    /// Sends a request and waits for its answer; again and again if what nobody heard does no harm.
    fn ask(&self, request: &str, again: bool, limits: Limits<'_>) -> Result<Output, SshError> {
        let number = self.mailbox.expect();
        // The line end before it ends whatever half of a request is there.
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

    /// Writes a whole request. A guest that stands still does not read, and then there is no room for it.
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
                // Nothing must be written behind half of a script.
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
        // One that the guest has closed is closed.
        let _ = stream.shutdown(Shutdown::Both);
        if let Some(reader) = self.reader.take() {
            // What it panicked with, those who waited for answers have heard as a broken line.
            let _ = reader.join();
        }
    }
}

/// Answers, from who reads them to who waits for them.
#[derive(Debug, Default)]
struct Mailbox {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// How many requests there were.
    requests: u64,
    /// Those that are not answered or whose answer was not taken.
    open: BTreeMap<String, Option<Output>>,
    broken: Option<ErrorKind>,
}

impl Mailbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number for a request, unlike those of earlier programs, whose late answers may still come.
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

    /// The answer to a request, if it comes within a moment.
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

    /// Reads answers until the line ends.
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

/// Takes the first answer whose last line is whole off the front of what was heard. Those to requests of earlier programs, which
/// nobody waits for any more, are dropped.
fn answer(heard: &mut Vec<u8>, asked: impl Fn(&str) -> bool) -> Option<(String, Output)> {
    let mut start = 0;
    while let Some(length) = heard[start..].iter().position(|byte| *byte == b'\n') {
        let end = start + length;
        let Some((number, status)) = last_line(&heard[start..end]) else {
            start = end + 1;
            continue;
        };
        // The line end before the last line is not the script's.
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

/// The number and the status of an answer, if this is its last line.
fn last_line(line: &[u8]) -> Option<(String, i32)> {
    let (number, status) = std::str::from_utf8(line).ok()?.strip_prefix("halab-")?.split_once(' ')?;
    let plain = |letter: char| letter.is_ascii_hexdigit() || letter == '-';
    number.chars().all(plain).then_some(())?;
    Some((number.to_owned(), status.trim().parse().ok()?))
}

/// A script as one line of the escapes that the guest's end knows. Whatever is not plain is an octal number.
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
mod tests {
    use std::os::unix::net::UnixListener;
    use std::sync::atomic::AtomicBool;

    use super::*;

    /// The guest's end with its own words, on a socket in the place of a port. A guest's waits for the next host for ever.
    struct Guest(std::process::Child);

    impl Guest {
        fn on(listener: &UnixListener) -> Self {
            const OPENED: &str = "my ($port) = glob '/dev/vport*p1' or die 'there is no virtio port';\n\
                                  sysopen my $line, $port, O_RDWR or die \"$port: $!\";";
            let program = include_str!("../image/build/guest/line.pl");
            assert!(program.contains(OPENED), "the test would use this machine's own port");
            let program = program.replace(
                OPENED,
                "my $port = 'a socket'; open my $line, '+<&', \\*STDIN or die \"$port: $!\";",
            );
            let (stream, _) = listener.accept().unwrap();
            let mut perl = std::process::Command::new("perl");
            Self(perl.args(["-e", &program]).stdin(std::os::fd::OwnedFd::from(stream)).spawn().unwrap())
        }
    }

    impl Drop for Guest {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    /// Gives an open line to a guest's end.
    fn with_line(use_it: impl FnOnce(&Line, Limits<'_>)) {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("line");
        let listener = UnixListener::bind(&socket).unwrap();
        let cancel = AtomicBool::new(false);
        let limits = Limits::within(Duration::from_secs(20), &cancel);
        std::thread::scope(|scope| {
            let guest = scope.spawn(|| Guest::on(&listener));
            let line = Line::open(&socket, limits).unwrap().unwrap();
            use_it(&line, limits);
            drop(guest.join());
        });
    }

    fn output(status: i32, text: &str) -> Output {
        Output { status, text: text.to_owned() }
    }

    #[test]
    fn scripts_arrive_as_they_are_and_answers_with_their_status() {
        with_line(|line, limits| {
            let ask = |script: &str| line.run(script, limits).unwrap();
            let hard = "x='a  \\n \"b\" % ü'\nprintf '%s\\n' \"$x\"\n(exit 7)";
            assert_eq!(ask(hard), output(7, "a  \\n \"b\" % ü\n"));
            assert_eq!(ask("cat; echo no >&2"), output(0, "no\n"));
            assert_eq!(ask("kill -9 $$"), output(255, ""));
            assert_eq!(ask("echo \"$nothing\" 2>&1; echo not reached").status, 2, "as with set -u");
            let long = ask("head -c 100000 /dev/zero | tr '\\0' x; printf end");
            assert!(long.text.len() == LONGEST && long.text.ends_with("xend"), "{}", long.text.len());
            assert_eq!(ask("sleep 60 & echo 'does not wait'"), output(0, "does not wait\n"));
        });
    }

    #[test]
    fn shells_that_wait_do_the_same_as_new_ones() {
        with_line(|line, limits| {
            let ask = |script: &str| line.run(script, limits).unwrap();
            let children =
                || ask("ps -o comm= --ppid $PPID | grep -c '^sh$'").text.trim().parse::<usize>().unwrap();
            assert_eq!(children(), 1, "the one that counts");
            assert_eq!(line.prepare(limits).unwrap(), output(0, ""));
            assert_eq!(line.prepare(limits).unwrap(), output(0, ""), "they are there already");
            assert_eq!(children(), 3);
            assert_eq!(
                ask("cat; readlink /proc/self/fd/3 || exit 3"),
                output(3, ""),
                "what it came by is closed"
            );
            assert_eq!(ask("echo \"$nothing\" 2>&1; echo not reached").status, 2, "as with set -u");
            assert_eq!(children(), 1);
        });
    }

    #[test]
    fn scripts_run_side_by_side() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        // Each waits for the other: one after the other would never end.
        let (first, second) = (format!("mkfifo {0}; cat {0}", pipe.display()), {
            format!("until [ -p {0} ]; do sleep 0.01; done; echo here >{0}; echo there", pipe.display())
        });
        with_line(|line, limits| {
            std::thread::scope(|scope| {
                let waits = scope.spawn(|| line.run(&first, limits).unwrap());
                assert_eq!(line.run(&second, limits).unwrap(), output(0, "there\n"));
                assert_eq!(waits.join().unwrap(), output(0, "here\n"));
            });
        });
    }

    #[test]
    fn a_guest_that_reads_no_more_is_not_written_to_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("line");
        let listener = UnixListener::bind(&path).unwrap();
        let cancel = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let guest = scope.spawn(|| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut heard = [0; 256];
                let length = stream.read(&mut heard).unwrap();
                let request = String::from_utf8_lossy(&heard[..length]).into_owned();
                let number = request.split_whitespace().next().unwrap();
                stream.write_all(format!("halab-{number} 0\n").as_bytes()).unwrap();
                stream
            });
            let line = Line::open(&path, Limits::within(Duration::from_secs(20), &cancel)).unwrap().unwrap();
            let _reads_no_more = guest.join().unwrap();
            let script = "x".repeat(LONGEST_SCRIPT);
            for _ in 0..100 {
                line.run(&script, Limits::within(Duration::from_millis(10), &cancel)).unwrap_err();
            }
        });
    }

    #[test]
    fn a_line_that_ends_is_no_answer() {
        with_line(|line, limits| {
            let error = line.run("kill -9 $PPID", limits).unwrap_err();
            assert!(matches!(error, SshError::Io(_)), "{error}");
            assert!(line.is_broken());
        });
    }

    #[test]
    fn an_answer_to_somebody_else_is_not_taken_for_ones_own() {
        let asked = |number: &str| number == "2";
        let mut heard = b"late\nhalab-1 0\nhalab-x 0\nown".to_vec();
        assert_eq!(answer(&mut heard, asked), None);
        heard.extend_from_slice(b"\nhalab-2 3");
        assert_eq!(answer(&mut heard, asked), None, "its last line is not whole");
        heard.extend_from_slice(b"\nnext");
        assert_eq!(answer(&mut heard, asked), Some(("2".to_owned(), output(3, "halab-x 0\nown"))));
        assert_eq!(heard, b"next");
    }
}
