//! The keeper's process.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufReader, Read as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::wire::{self, Answer, Request};
use super::{SUBCOMMAND, connect, inode};
use crate::base::netns;
use crate::guest::{Limits, SshError, SshSession, Target};

/// How long a keeper without requests continues.
const IDLE: Duration = Duration::from_secs(600);

/// How often an idle keeper checks whether its socket still exists: no event reports that.
const LOOK: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };

/// How long an open session may take to open a channel before it is considered broken. A guest whose power
/// was cut, or that was restored, never closes its end.
const CHANNEL: Duration = Duration::from_secs(2);

/// The arguments of the hidden subcommand; none if there are other arguments.
pub fn intercept(arguments: &[OsString]) -> Option<ExitCode> {
    let [_, command, socket, netns, identity] = arguments else { return None };
    if command != SUBCOMMAND {
        return None;
    }
    leave_the_starter();
    let served = netns::enter(Path::new(netns)).and_then(|()| {
        let listener = std::io::stdin().as_fd().try_clone_to_owned()?;
        serve(&UnixListener::from(listener), Path::new(socket), &identity.to_string_lossy())
    });
    Some(if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Gives up the session, the terminal and the descriptors of the command that started this process: a script
/// that waits for the end of a pipe or for a lock must not wait for the keeper.
fn leave_the_starter() {
    let _ = rustix::process::setsid();
    // SAFETY: this is the only thread, and it uses no descriptor above standard error yet.
    unsafe { libc::close_range(3, libc::c_uint::MAX, 0) };
}

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

/// Serves clients until it was idle for long enough or another keeper, or none, has the name of the socket.
pub(super) fn serve(listener: &UnixListener, socket: &Path, identity: &str) -> std::io::Result<()> {
    let is_own = || inode(socket).as_deref() == Some(identity);
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
                if ends && idle.is_some() {
                    return Ok(());
                }
                if idle.is_some_and(|idle| idle >= IDLE) && is_own() {
                    // From now on new clients start another keeper. Those that are connected already are
                    // served.
                    let _ = fs_err::remove_file(socket);
                    ends = true;
                    continue;
                }
                ends |= !is_own();
                let _ = poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&LOOK));
            }
            Err(error) => return Err(error),
        }
    }
}

fn answer(stream: &UnixStream, sessions: &Sessions) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    match wire::receive(&mut reader, &mut Vec::new())? {
        Some(Request::Run { target, script, limit, most, repeats }) => {
            let gone = Arc::new(AtomicBool::new(false));
            let seen = Arc::clone(&gone);
            if repeats {
                let mut repeating = lock(&sessions.repeating);
                repeating.retain(|flag| flag.strong_count() > 0);
                repeating.push(Arc::downgrade(&gone));
            }
            // It ends with the stream, which is shut down below.
            std::thread::spawn(move || {
                let _ = reader.read(&mut [0]);
                seen.store(true, Ordering::Relaxed);
            });
            let ran =
                run(stream, sessions, &target, &script, Limits::within(limit, &gone).at_most(most), &gone);
            let sent =
                wire::send(stream, &ran.map_or_else(|error| Answer::Failed(error.into()), Answer::Status));
            stream.shutdown(std::net::Shutdown::Both)?;
            sent
        }
        Some(Request::Close) => {
            sessions.close();
            wire::send(stream, &Answer::Closed)
        }
        None => Ok(()),
    }
}

fn run(
    stream: &UnixStream,
    sessions: &Sessions,
    target: &Target,
    script: &str,
    limits: Limits<'_>,
    gone: &AtomicBool,
) -> Result<i32, SshError> {
    let (session, channel) = open(sessions, target, limits)?;
    let status = channel.stream(script, limits, &mut |bytes| {
        if wire::send(stream, &Answer::output(bytes)).is_err() {
            gone.store(true, Ordering::Relaxed);
        }
    })?;
    // A session is used again only after a command that completed.
    lock(&sessions.idle).entry(target.clone()).or_default().push(session);
    Ok(status)
}

/// A session with an open channel: an idle one that still answers, or a new one.
fn open(
    sessions: &Sessions,
    target: &Target,
    limits: Limits<'_>,
) -> Result<(SshSession, crate::guest::Channel), SshError> {
    let next = || lock(&sessions.idle).get_mut(target).and_then(Vec::pop);
    while let Some(mut session) = next() {
        let soon = Limits { until: limits.until.min(Instant::now() + CHANNEL), ..limits };
        match session.channel(soon) {
            Ok(channel) => return Ok((session, channel)),
            Err(SshError::Cancelled) => return Err(SshError::Cancelled),
            Err(_) => limits.check()?,
        }
    }
    let mut session = connect(target, limits)?;
    let channel = session.channel(limits)?;
    Ok((session, channel))
}
