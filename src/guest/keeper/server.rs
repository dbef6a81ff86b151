//! The keeper's confined process: sessions with nodes, and requests of pages.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::connect;
use super::wire::{self, Answer, LONGEST, Request};
use crate::base::passing::Lines;
use crate::guest::ssh::{Channel, SshSession};
use crate::guest::{Limits, SshError, Target, health};

/// How long a keeper without requests continues.
const IDLE: Duration = Duration::from_secs(600);

/// How often an idle keeper looks at the time.
const LOOK: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };

/// How long an open session may take to open a channel before it is considered broken. A guest whose power
/// was cut, or that was restored, never closes its end.
const CHANNEL: Duration = Duration::from_secs(2);

/// The sessions of a keeper.
#[derive(Default)]
struct Sessions {
    /// Idle sessions, by their target.
    idle: Mutex<BTreeMap<Target, Vec<SshSession>>>,
    /// The flags that end the running scripts that repeat.
    repeating: Mutex<Vec<Weak<AtomicBool>>>,
    /// How many clients are served, and when that last changed.
    clients: Mutex<(usize, Option<Instant>)>,
}

impl Sessions {
    fn count(&self, change: impl FnOnce(usize) -> usize) {
        let mut clients = lock(&self.clients);
        *clients = (change(clients.0), Some(Instant::now()));
    }

    /// How long no client has been served; none while one is.
    fn idle_for(&self) -> Option<Duration> {
        match *lock(&self.clients) {
            (0, last) => Some(last.map(|last| last.elapsed()).unwrap_or_default()),
            _ => None,
        }
    }

    fn close(&self) {
        lock(&self.idle).clear();
        for flag in lock(&self.repeating).drain(..) {
            if let Some(flag) = flag.upgrade() {
                flag.store(true, Ordering::Relaxed);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves clients until it was idle for long enough, or the other end of `life` is closed; those that are
/// connected by then are served to their end.
pub(super) fn serve(listener: &UnixListener, life: impl AsFd) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let sessions = Arc::new(Sessions::default());
    sessions.count(|clients| clients);
    let mut ends = false;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                let sessions = Arc::clone(&sessions);
                sessions.count(|clients| clients + 1);
                std::thread::spawn(move || {
                    // A client that has disconnected gets no answer.
                    let _ = answer(&stream, &sessions);
                    sessions.count(|clients| clients.saturating_sub(1));
                });
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                let idle = sessions.idle_for();
                if idle.is_some_and(|idle| ends || idle >= IDLE) {
                    return Ok(());
                }
                let mut waits = vec![PollFd::new(listener, PollFlags::IN)];
                if !ends {
                    // Nothing is ever sent there; its end is an event that stays.
                    waits.push(PollFd::new(&life, PollFlags::IN));
                }
                if poll(&mut waits, Some(&LOOK)).is_ok() {
                    ends |= waits.get(1).is_some_and(|life| !life.revents().is_empty());
                }
            }
            Err(error) => return Err(error),
        }
    }
}

fn answer(stream: &UnixStream, sessions: &Sessions) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    let mut lines = Lines::of(stream.try_clone()?, usize::try_from(LONGEST).unwrap_or(usize::MAX));
    let Some(line) = lines.next()? else { return Ok(()) };
    let request = serde_json::from_slice(&line)?;
    wire::send(stream, &Answer::Received)?;
    let gone = &Arc::new(AtomicBool::new(false));
    let last = match request {
        Request::Run { target, script, limit, most, repeats, errors, input } => {
            if repeats {
                let mut repeating = lock(&sessions.repeating);
                repeating.retain(|flag| flag.strong_count() > 0);
                repeating.push(Arc::downgrade(gone));
            }
            end_with_client(stream, gone)?;
            let input = if input { lines.descriptor().map(File::from) } else { None };
            let limits = Limits::within(limit, gone).at_most(most);
            let script = Ordered { script, errors, input };
            let ran = run(stream, sessions, &target, script, limits);
            ran.map_or_else(|error| Answer::Failed(error.into()), Answer::Status)
        }
        Request::Page { server, path, expect, limit } => {
            end_with_client(stream, gone)?;
            Answer::Page(health::request(server, &path, &expect, Limits::within(limit, gone)).err())
        }
        Request::Close => {
            sessions.close();
            Answer::Closed
        }
    };
    let sent = wire::send(stream, &last);
    // Ends the thread that waits for the client's end.
    stream.shutdown(std::net::Shutdown::Both)?;
    sent
}

/// Sets the flag when the client is gone.
fn end_with_client(stream: &UnixStream, gone: &Arc<AtomicBool>) -> std::io::Result<()> {
    let (mut stream, gone) = (stream.try_clone()?, Arc::clone(gone));
    std::thread::spawn(move || {
        let _ = stream.read(&mut [0]);
        gone.store(true, Ordering::Relaxed);
    });
    Ok(())
}

/// A script that a client wants to run.
struct Ordered {
    script: String,
    errors: bool,
    input: Option<File>,
}

fn run(
    stream: &UnixStream,
    sessions: &Sessions,
    target: &Target,
    ordered: Ordered,
    limits: Limits<'_>,
) -> Result<i32, SshError> {
    let (session, channel) = open(sessions, target, ordered.errors, limits)?;
    let client = |sent: std::io::Result<()>| sent.map_err(|_| SshError::Cancelled);
    client(wire::send(stream, &Answer::Opened))?;
    let status = channel.run(&ordered.script, ordered.input, limits, &mut |bytes| {
        client(wire::send(stream, &Answer::output(bytes)))
    })?;
    // A session is used again only after a command that completed.
    lock(&sessions.idle).entry(target.clone()).or_default().push(session);
    Ok(status)
}

/// A session with an open channel: an idle one that still answers, or a new one.
fn open(
    sessions: &Sessions,
    target: &Target,
    errors: bool,
    limits: Limits<'_>,
) -> Result<(SshSession, Channel), SshError> {
    let next = || lock(&sessions.idle).get_mut(target).and_then(Vec::pop);
    while let Some(mut session) = next() {
        let soon = Limits { until: limits.until.min(Instant::now() + CHANNEL), ..limits };
        match session.channel(errors, soon) {
            Ok(channel) => return Ok((session, channel)),
            Err(SshError::Cancelled) => return Err(SshError::Cancelled),
            Err(_) => limits.check()?,
        }
    }
    let mut session = connect(target, limits)?;
    let channel = session.channel(errors, limits)?;
    Ok((session, channel))
}
