//! The two processes of a keeper.
//!
//! The outer one has rights, and never reads what a node sends: it looks whether the keeper's socket still
//! exists, and ends the inner one if not. The inner one gives up its rights in the instance's network
//! namespace and serves.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::ExitCode;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{PidfdFlags, WaitOptions, pidfd_open, waitpid};

use super::{SUBCOMMAND, inode, server};
use crate::base::confined::{self, Confinement, SystemCalls};
use crate::base::netns;

/// How often the outer process looks whether the socket still exists: no event reports that.
const LOOK: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };

/// What a keeper may use: address space for a thread and a session of each client.
const CONFINEMENT: Confinement = Confinement { memory: 4 << 30, network: true, calls: SystemCalls::Internet };

/// The arguments of the hidden subcommand; none if there are other arguments.
///
/// Call it before any thread is started: it forks, and gives up rights.
pub fn intercept(arguments: &[OsString]) -> Option<ExitCode> {
    let [_, command, socket, netns, identity] = arguments else { return None };
    if command != SUBCOMMAND {
        return None;
    }
    let kept = confined::leave_the_starter()
        .and_then(|()| netns::enter(Path::new(netns)))
        .and_then(|()| keep(Path::new(socket), &identity.to_string_lossy()));
    Some(if kept.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn keep(socket: &Path, identity: &str) -> io::Result<()> {
    let listener = UnixListener::from(io::stdin().as_fd().try_clone_to_owned()?);
    let (life, living) = io::pipe()?;
    let Some(inner) = confined::fork()? else {
        drop(living);
        // Only the inner process opens libraries of SSH, and their settings while there are files.
        ssh2::init();
        confined::enter(&CONFINEMENT)?;
        return server::serve(&listener, life);
    };
    // A client that finds no listener starts another keeper; this one's ends with the inner process.
    drop((listener, life));
    close_standard_input()?;
    let process = pidfd_open(inner, PidfdFlags::empty())?;
    let is_own = || inode(socket).as_deref() == Some(identity);
    let mut living = Some(living);
    loop {
        let ended = poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&LOOK));
        if ended.is_ok_and(|count| count > 0) {
            break;
        }
        if !is_own() {
            drop(living.take());
        }
    }
    let _ = waitpid(Some(inner), WaitOptions::empty());
    if is_own() {
        // Without it the next client need not try first.
        let _ = fs_err::remove_file(socket);
    }
    Ok(())
}

/// Standard input is the listener, and would stay open with this process.
fn close_standard_input() -> io::Result<()> {
    let null = fs_err::File::open("/dev/null")?;
    // SAFETY: nothing in this process reads from standard input any more.
    match unsafe { libc::dup2(null.as_raw_fd(), 0) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
