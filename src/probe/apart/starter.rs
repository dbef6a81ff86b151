//! The starter's side of a load's process.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use super::SUBCOMMAND;
use super::wire::{Job, LONGEST_MESSAGE, Ledger, Message, Run, TICK, is_of};
use crate::base::passing::{self, Lines};
use crate::model::drill::Load;
use crate::probe::Clients;
use crate::record::{Event, What};

/// How long a load may take to end after its last request has timed out.
const GRACE: Duration = Duration::from_secs(60);

impl Clients<'_> {
    /// Runs the load in a process without rights, in the network namespace of the calling thread, until
    /// `stop` is set and the requests in flight have ended. `program` is the executable of `lab`.
    ///
    /// # Errors
    /// The process cannot be started, it fails or ends before its time, or it reports what is not its own.
    pub fn run_apart(self, program: &Path) -> io::Result<()> {
        let job = Run {
            load: self.load.clone(),
            ip: self.ip,
            first_due: self.first_due,
            first_id: self.first_id,
            origin: self.clock.origin(),
        };
        let mut process = Process::start(program, &Job::Load(Box::new(job)))?;
        let mut until = None;
        let mut ended = false;
        loop {
            if self.stopping() && until.is_none() {
                process.socket.shutdown(std::net::Shutdown::Write)?;
                until = Some(Instant::now() + patience(self.load));
            }
            if until.is_some_and(|until| Instant::now() > until) {
                return Err(io::Error::other("its process did not end"));
            }
            match process.next() {
                Ok(Some(Message::Event(event))) => {
                    ended |= matches!(event.what, What::LoadEnded { .. });
                    self.pass_on(event)?;
                }
                Ok(Some(Message::Ids(_))) => return Err(foreign()),
                Ok(Some(Message::Failed(reason))) => return Err(io::Error::other(reason)),
                Ok(None) if ended => return Ok(()),
                Ok(None) => return Err(process.unexpected_end()),
                Err(error) if is_tick(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn pass_on(&self, event: Event) -> io::Result<()> {
        let events: &Sender<Event> = &self.events;
        if !is_of(&self.load.name, &event.what) || !self.may_tell(&event.what) {
            return Err(foreign());
        }
        // The receiver is gone only when the drill is over.
        let _ = events.send(event);
        Ok(())
    }
}

/// Reads the writes of a load back in a process without rights, in the network namespace of the calling
/// thread. `program` is the executable of `lab`.
///
/// # Errors
/// As [`read_ledger`](crate::probe::web::ledger::read_ledger), or the process cannot be started.
pub fn read_ledger_apart(program: &Path, ledger: Ledger, cancel: &AtomicBool) -> io::Result<Vec<u64>> {
    let until = Instant::now() + ledger.limit + GRACE;
    let mut process = Process::start(program, &Job::Ledger(ledger))?;
    loop {
        match process.next() {
            Ok(Some(Message::Ids(ids))) => return Ok(ids),
            Ok(Some(Message::Event(_))) => return Err(foreign()),
            Ok(Some(Message::Failed(reason))) => return Err(io::Error::other(reason)),
            Ok(None) => return Err(process.unexpected_end()),
            Err(error) if !is_tick(&error) => return Err(error),
            Err(_) if cancel.load(Ordering::Relaxed) => return Err(io::Error::other("stopped")),
            Err(_) if Instant::now() > until => return Err(io::ErrorKind::TimedOut.into()),
            Err(_) => {}
        }
    }
}

fn foreign() -> io::Error {
    io::Error::other("its process reported what is not its own")
}

fn is_tick(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut | Interrupted)
}

/// How long the requests in flight may take.
fn patience(load: &Load) -> Duration {
    load.connect_timeout.duration() + load.timeout.duration() + GRACE
}

/// A running process. It ends with this value.
struct Process {
    child: Child,
    socket: UnixStream,
    lines: Lines,
}

impl Process {
    fn start(program: &Path, job: &Job) -> io::Result<Self> {
        let (socket, theirs) = UnixStream::pair()?;
        let mut command = Command::new(program);
        command.arg(SUBCOMMAND).env_clear().current_dir("/");
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn()?;
        socket.set_read_timeout(Some(TICK))?;
        let lines = Lines::of(socket.try_clone()?, LONGEST_MESSAGE);
        let process = Self { child, socket, lines };
        let mut line = serde_json::to_vec(job)?;
        line.push(b'\n');
        passing::send(&process.socket, &line, None)?;
        Ok(process)
    }

    /// The next message; none when the process has closed its end.
    fn next(&mut self) -> io::Result<Option<Message>> {
        let Some(line) = self.lines.next()? else { return Ok(None) };
        let message = serde_json::from_slice(&line);
        message.map(Some).map_err(|_| io::Error::other("its process sent no valid message"))
    }

    fn unexpected_end(&mut self) -> io::Error {
        // It has closed its socket, so it ends at once, or is ended.
        let _ = self.child.kill();
        let status = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        io::Error::other(format!("its process ended before its time ({status})"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A process that has ended already is only reaped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
