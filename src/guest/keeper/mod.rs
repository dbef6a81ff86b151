//! Sessions that stay open between commands: the keeper of an instance, a process in its network namespace.
//!
//! A new SSH connection to an emulated guest takes about a second, a command on an open one a tenth of that.
//! The keeper opens a session to a node once and lends it to one command at a time. The first command starts
//! the keeper; it ends after ten idle minutes, with the network namespace (`lab down`), or when its socket is
//! deleted.
//!
//! All that `lab` says over SSH goes through the keeper, and health checks over HTTP do, too: root of a guest
//! chooses what its servers answer, so the process that reads the answers has no rights ([`process`]).

mod client;
mod process;
mod server;
mod shell;
pub(crate) mod wire;

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::io::Errno;

use super::ssh::SshSession;
use super::{Limits, SshError, Target};
pub use client::{Heard, Keeper};
pub use process::intercept;
pub use shell::Shell;

/// The hidden subcommand: `__shells SOCKET NETNS INODE`, with the listener as its standard input.
const SUBCOMMAND: &str = "__shells";

/// How long a node may take to open a session; an emulated one on a busy machine takes seconds.
const ANSWER: Duration = Duration::from_secs(30);

/// The identity of a socket's file, as text; none if it does not exist.
fn inode(path: &Path) -> Option<String> {
    let metadata = fs_err::symlink_metadata(path).ok()?;
    Some(format!("{}:{}", metadata.dev(), metadata.ino()))
}

/// A new session with a node.
fn connect(target: &Target, limits: Limits<'_>) -> Result<SshSession, SshError> {
    connect_within(ANSWER, target, limits)
}

/// A new session, if the node opens one within this time. A node that does not is no connection: the caller's
/// own limit has not passed.
fn connect_within(answer: Duration, target: &Target, limits: Limits<'_>) -> Result<SshSession, SshError> {
    let until = limits.until.min(Instant::now() + answer);
    match SshSession::open(target, Limits { until, ..limits }) {
        Err(SshError::TimedOut) if limits.check().is_ok() => {
            Err(SshError::Connect { address: target.address, source: Errno::TIMEDOUT.into() })
        }
        result => result,
    }
}

#[cfg(test)]
mod tests;
