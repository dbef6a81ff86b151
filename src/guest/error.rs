//! Limits of what is asked of a guest, and the ways in which it can fail.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::base::budget::{Budget, Bytes, Spent};

/// When to give up.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'a> {
    /// The latest moment.
    pub until: Instant,
    /// The user's wish to stop.
    pub cancel: &'a AtomicBool,
    /// The largest output of a command, in bytes.
    pub most: u64,
}

impl<'a> Limits<'a> {
    /// From now on for so long, with any number of bytes.
    pub fn within(limit: Duration, cancel: &'a AtomicBool) -> Self {
        Self { until: Instant::now() + limit, cancel, most: u64::MAX }
    }

    /// The same, and at most this number of bytes of output.
    pub fn at_most(self, most: u64) -> Self {
        Self { most: self.most.min(most), ..self }
    }

    /// The budget of one output.
    pub fn budget(&self) -> Budget<'a> {
        Budget::new(self.most, self.until, self.cancel)
    }

    /// # Errors
    /// [`SshError::Cancelled`] or [`SshError::TimedOut`] once that is so.
    pub fn check(&self) -> Result<(), SshError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(SshError::Cancelled);
        }
        if Instant::now() >= self.until {
            return Err(SshError::TimedOut);
        }
        Ok(())
    }

    /// What is left of the time.
    pub fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}

/// Why a guest's shell could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SshError {
    /// The user asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// The limit came first.
    #[error("no answer in time")]
    TimedOut,
    /// The guest sends more than was allowed.
    #[error("it talks without end: more than {}", Bytes(*most))]
    Endless {
        /// The limit in bytes.
        most: u64,
    },
    /// The guest stands still in its boot.
    #[error("it stands still: {reason}")]
    Boot {
        /// Why, in the guest's words.
        reason: String,
    },
    /// No connection.
    #[error("cannot connect to {address}")]
    Connect {
        /// Where to.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The guest shows another host key than the one that it was given.
    #[error("{address} shows a host key that this guest was not given")]
    HostKey {
        /// The guest.
        address: SocketAddr,
    },
    /// The protocol failed.
    #[error("SSH failed while {what}")]
    Protocol {
        /// What was being done.
        what: String,
        /// The message of libssh2.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What goes in or comes out cannot be read or written on this side.
    #[error("the stream of a command failed on this machine")]
    Stream(#[source] std::io::Error),
    /// The connection broke.
    #[error("the connection broke")]
    Io(#[source] std::io::Error),
}

impl From<Spent> for SshError {
    fn from(spent: Spent) -> Self {
        match spent {
            Spent::Cancelled => Self::Cancelled,
            Spent::Time => Self::TimedOut,
            Spent::Bytes(most) => Self::Endless { most },
        }
    }
}
