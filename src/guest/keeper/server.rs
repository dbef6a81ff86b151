//! The keeper's process.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufReader, Read as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::wire::{self, Answer, Request};
use super::{SUBCOMMAND, connect};
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
    let [_, command, socket, netns] = arguments else { return None };
    if command != SUBCOMMAND {
        return None;
    }
    let served = netns::enter(Path::new(netns)).and_then(|()| {
        let listener = std::io::stdin().as_fd().try_clone_to_owned()?;
        serve(&UnixListener::from(listener), Path::new(socket))
    });
    Some(if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Idle sessions, by their target.
type Idle = Mutex<BTreeMap<Target, Vec<SshSession>>>;

/// Serves clients until it was idle for long enough or the socket is deleted.
pub(super) fn serve(listener: &UnixListener, socket: &Path) -> std::io::Result<()> {
    let inode = |path: &Path| fs_err::symlink_metadata(path).map(|meta| (meta.dev(), meta.ino())).ok();
    let own = inode(socket);
    listener.set_nonblocking(true)?;
    let (idle, busy) = (Arc::new(Idle::default()), Arc::new(AtomicUsize::new(0)));
    let mut last = Instant::now();
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                last = Instant::now();
                busy.fetch_add(1, Ordering::SeqCst);
                let (idle, busy) = (Arc::clone(&idle), Arc::clone(&busy));
                std::thread::spawn(move || {
                    // A client that has disconnected gets no answer.
                    let _ = answer(&stream, &idle);
                    busy.fetch_sub(1, Ordering::SeqCst);
                });
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                let used = busy.load(Ordering::SeqCst) > 0;
                if !used && (last.elapsed() >= IDLE || inode(socket) != own) {
                    return Ok(());
                }
                let _ = poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&LOOK));
            }
            Err(error) => return Err(error),
        }
    }
}

fn answer(stream: &UnixStream, idle: &Idle) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    match wire::receive(&mut reader, &mut Vec::new())? {
        Some(Request::Run { target, script, limit }) => {
            let gone = Arc::new(AtomicBool::new(false));
            let seen = Arc::clone(&gone);
            // It ends with the stream, which `run` outlives only in an error.
            std::thread::spawn(move || {
                let _ = reader.read(&mut [0]);
                seen.store(true, Ordering::Relaxed);
            });
            let ran = run(stream, idle, &target, &script, Limits::within(limit, &gone));
            let sent =
                wire::send(stream, &ran.map_or_else(|error| Answer::Failed(error.into()), Answer::Status));
            stream.shutdown(std::net::Shutdown::Both)?;
            sent
        }
        Some(Request::Close) => {
            idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
            wire::send(stream, &Answer::Closed)
        }
        None => Ok(()),
    }
}

fn run(
    stream: &UnixStream,
    idle: &Idle,
    target: &Target,
    script: &str,
    limits: Limits<'_>,
) -> Result<i32, SshError> {
    let (session, channel) = open(idle, target, limits)?;
    let mut lost = None;
    let result = channel.stream(script, limits, &mut |bytes| {
        lost = lost.take().or(wire::send(stream, &Answer::output(bytes)).err());
    });
    // A session is not used again after a command that did not complete.
    if result.is_ok() {
        let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.entry(target.clone()).or_default().push(session);
    }
    match lost {
        Some(error) => Err(SshError::Io(error)),
        None => result,
    }
}

/// A session with an open channel: an idle one that still answers, or a new one.
fn open(
    idle: &Idle,
    target: &Target,
    limits: Limits<'_>,
) -> Result<(SshSession, crate::guest::Channel), SshError> {
    let next = || idle.lock().unwrap_or_else(PoisonError::into_inner).get_mut(target).and_then(Vec::pop);
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
