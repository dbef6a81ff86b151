//! Sessions that stay open between commands: the keeper of an instance, a process in its network namespace.
//!
//! A new SSH connection to an emulated guest takes about a second, a command on an open one a tenth of that.
//! `lab exec`, `lab status` and every watch use the keeper, which opens a session to a node once and lends it
//! to one command at a time. The first command starts the keeper; it ends after ten idle minutes, with the
//! network namespace (`lab down`), or when its socket is deleted.

mod client;
mod server;
mod shell;
mod wire;

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Limits, SshError, SshSession, Target};
pub use client::Keeper;
pub use server::intercept;
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
    SshSession::open(target, Limits { until: limits.until.min(Instant::now() + ANSWER), ..limits })
}

#[cfg(test)]
mod tests;
