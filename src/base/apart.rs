//! Work in a process of its own, which gives up its rights: both ends of the socket between it and its
//! starter.
//!
//! The process is this program with a hidden subcommand. Its standard input is a socket: the first line is
//! its job, the end of the starter's side asks it to stop, and what it says comes back as lines of JSON.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::confined;
use super::passing::{self, Lines};
use super::threads;

/// The longest job, in bytes: a load's definition and its program.
const LONGEST_JOB: usize = 8 << 20;

/// The longest message, in bytes: the numbers on a ledger's page.
const LONGEST_MESSAGE: usize = 32 << 20;

/// How long one wait for a message lasts, so that the starter can look whether it has to stop the work.
const TICK: Duration = Duration::from_millis(50);

/// A message from the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Message<M> {
    /// It says this.
    Said(M),
    /// It cannot go on, for this reason.
    Failed(String),
}

/// What the starter heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard<M> {
    /// The process says this.
    Said(M),
    /// It has said nothing for a moment.
    Nothing,
    /// It has ended.
    End,
}

/// A running process, on its starter's side. It ends with this value.
#[derive(Debug)]
pub struct Apart {
    child: Child,
    socket: UnixStream,
    lines: Lines,
}

impl Apart {
    /// Starts `program` with a hidden subcommand and a job, in the network namespace of the calling thread.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(program: &Path, subcommand: &str, job: &impl Serialize) -> io::Result<Self> {
        Self::start_with(program, subcommand, job, None)
    }

    /// The same, with a descriptor for the job.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start_with(
        program: &Path,
        subcommand: &str,
        job: &impl Serialize,
        descriptor: Option<BorrowedFd<'_>>,
    ) -> io::Result<Self> {
        let (socket, theirs) = UnixStream::pair()?;
        let mut command = Command::new(program);
        command.arg(subcommand).env_clear().current_dir("/");
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn()?;
        socket.set_read_timeout(Some(TICK))?;
        let lines = Lines::of(socket.try_clone()?, LONGEST_MESSAGE);
        let process = Self { child, socket, lines };
        passing::send(&process.socket, &line(job)?, descriptor)?;
        Ok(process)
    }

    /// Waits for its only answer.
    ///
    /// # Errors
    /// When it fails or ends without one, needs longer than `limit`, or `cancel` is set. It is ended then.
    pub fn answer<M: DeserializeOwned>(mut self, limit: Duration, cancel: &AtomicBool) -> io::Result<M> {
        let until = Instant::now() + limit;
        loop {
            match self.hear()? {
                Heard::Said(answer) => return Ok(answer),
                Heard::End => return Err(self.ended_early()),
                Heard::Nothing if cancel.load(Ordering::Relaxed) => return Err(io::Error::other("stopped")),
                Heard::Nothing if Instant::now() > until => {
                    let message = format!("it did not end within {} s", limit.as_secs());
                    return Err(io::Error::new(io::ErrorKind::TimedOut, message));
                }
                Heard::Nothing => {}
            }
        }
    }

    /// The first descriptor that came with what it said, and was not taken yet.
    pub fn descriptor(&mut self) -> Option<OwnedFd> {
        self.lines.descriptor()
    }

    /// Asks it to stop.
    ///
    /// # Errors
    /// When the socket is broken.
    pub fn stop(&self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }

    /// The next that it says, within a moment.
    ///
    /// # Errors
    /// When it fails, for its reason, or says what is no message.
    pub fn hear<M: DeserializeOwned>(&mut self) -> io::Result<Heard<M>> {
        use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
        let line = match self.lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => return Ok(Heard::End),
            Err(error) if matches!(error.kind(), WouldBlock | TimedOut | Interrupted) => {
                return Ok(Heard::Nothing);
            }
            Err(error) => return Err(error),
        };
        match serde_json::from_slice(&line) {
            Ok(Message::Said(said)) => Ok(Heard::Said(said)),
            Ok(Message::Failed(reason)) => Err(io::Error::other(reason)),
            Err(_) => Err(foreign()),
        }
    }

    /// The error that its end is, when its work was not done.
    pub fn ended_early(&mut self) -> io::Error {
        // It has closed its socket, so it ends at once, or is ended.
        let _ = self.child.kill();
        let status = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        io::Error::other(format!("its process ended before its time ({status})"))
    }
}

/// The error of a process that says what it cannot have observed: it was taken over.
pub fn foreign() -> io::Error {
    io::Error::other("its process reported what is not its own")
}

impl Drop for Apart {
    fn drop(&mut self) {
        // A process that has ended already is only reaped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The socket to the starter, in the process.
#[derive(Debug)]
pub struct Starter(UnixStream);

impl Starter {
    /// Another handle on the same socket.
    ///
    /// # Errors
    /// When there are too many descriptors.
    pub fn try_clone(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }

    /// Says something to the starter.
    ///
    /// # Errors
    /// When the starter is gone.
    pub fn say(&self, message: &impl Serialize) -> io::Result<()> {
        self.send(&Message::Said(message))
    }

    /// Says something, and passes a descriptor on with it.
    ///
    /// # Errors
    /// When the starter is gone.
    pub fn pass(&self, message: &impl Serialize, descriptor: BorrowedFd<'_>) -> io::Result<()> {
        passing::send(&self.0, &line(&Message::Said(message))?, Some(descriptor))
    }

    /// Says all that was observed: what comes over a channel, until its senders are gone. A slow starter
    /// delays this thread, and never the observers.
    pub fn pass_on(&self, observed: impl IntoIterator<Item: Serialize>) {
        for message in observed {
            if self.say(&message).is_err() {
                // The starter is gone; the end of the socket stops the work.
                return;
            }
        }
    }

    fn send(&self, message: &Message<impl Serialize>) -> io::Result<()> {
        (&self.0).write_all(&line(message)?)
    }

    /// Sets the flag when the starter asks to stop, or is gone. It returns then, or after [`Starter::done`].
    pub fn hear_the_end(&self, stop: &AtomicBool) {
        while matches!((&self.0).read(&mut [0; 64]), Ok(length) if length > 0) {}
        stop.store(true, Ordering::Relaxed);
    }

    /// Ends the thread that waits for the starter.
    ///
    /// # Errors
    /// When the socket is broken.
    pub fn done(&self) -> io::Result<()> {
        self.0.shutdown(Shutdown::Read)
    }
}

fn line(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(line)
}

/// Does the work of a hidden subcommand, if these are its arguments. A panic is reported as a failure.
///
/// Call it before any thread is started: rights are given up for a thread, and later ones inherit that.
pub fn intercept<J: DeserializeOwned + std::panic::RefUnwindSafe>(
    arguments: &[OsString],
    subcommand: &str,
    work: impl FnOnce(&J, &Starter) -> io::Result<()> + std::panic::UnwindSafe,
) -> Option<ExitCode> {
    intercept_with(arguments, subcommand, |job, _, starter| work(job, starter))
}

/// The same, with the descriptor that came with the job.
///
/// Call it before any thread is started.
pub fn intercept_with<J: DeserializeOwned + std::panic::RefUnwindSafe>(
    arguments: &[OsString],
    subcommand: &str,
    work: impl FnOnce(&J, Option<OwnedFd>, &Starter) -> io::Result<()> + std::panic::UnwindSafe,
) -> Option<ExitCode> {
    let [_, command] = arguments else { return None };
    if command != subcommand {
        return None;
    }
    Some(if serve(work).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn serve<J: DeserializeOwned + std::panic::RefUnwindSafe>(
    work: impl FnOnce(&J, Option<OwnedFd>, &Starter) -> io::Result<()> + std::panic::UnwindSafe,
) -> io::Result<()> {
    confined::leave_the_starter()?;
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut lines = Lines::of(socket.try_clone()?, LONGEST_JOB);
    let line = lines.next()?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let descriptor = lines.descriptor();
    let (job, starter) = (serde_json::from_slice::<J>(&line)?, Starter(socket));
    let failure = match std::panic::catch_unwind(|| work(&job, descriptor, &starter)) {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => format!("panicked: {}", threads::words(panic.as_ref())),
    };
    starter.send(&Message::<()>::Failed(failure))
}
