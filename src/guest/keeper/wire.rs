//! The messages on a keeper's socket: one line of JSON each.

use std::io::{BufRead, Read as _, Write};
use std::net::SocketAddr;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::guest::{SshError, Target};

/// The longest message in bytes: a script, or a piece of output in base64.
pub(super) const LONGEST: u64 = 4 << 20;

/// The request of a client, its first and only message. It ends a command by closing its end.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Request {
    /// Run a script.
    Run {
        /// The target.
        target: Target,
        /// The script, for `sh -eu`.
        script: String,
        /// The time limit.
        limit: Duration,
        /// The largest output, in bytes.
        most: u64,
        /// Whether the script may be ended when the sessions are to be closed: its client starts it again.
        repeats: bool,
        /// Whether what it prints on standard error is part of its output; otherwise it is dropped.
        errors: bool,
        /// Whether a descriptor comes with this message, from which the script gets its input.
        input: bool,
    },
    /// Request a page, and judge the answer.
    Page {
        /// Where.
        server: SocketAddr,
        /// The path.
        path: String,
        /// The text that a healthy service answers with.
        expect: String,
        /// The time limit.
        limit: Duration,
    },
    /// Close all idle sessions and end the scripts that repeat: their guests are about to be saved.
    Close,
}

/// The answers, the last of which is `Status`, `Page`, `Closed` or `Failed`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    /// The request was read, and is being done.
    Received,
    /// The script is about to start.
    Opened,
    /// The script printed this (base64).
    Output(String),
    /// The script ended with this status.
    Status(i32),
    /// The page was requested: the reason why the service is not healthy, or none.
    Page(Option<String>),
    /// The idle sessions are closed.
    Closed,
    /// The script could not be run to its end.
    Failed(Failure),
}

impl Answer {
    pub(super) fn output(bytes: &[u8]) -> Self {
        Self::Output(BASE64_STANDARD.encode(bytes))
    }
}

/// The bytes of an output.
pub(crate) fn decoded(text: &str) -> std::io::Result<Vec<u8>> {
    BASE64_STANDARD.decode(text).map_err(std::io::Error::other)
}

/// An [`SshError`] as data.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Failure {
    Cancelled,
    TimedOut,
    Endless { most: u64 },
    Boot { reason: String },
    Connect { address: SocketAddr, os: Option<i32>, text: String },
    Stream { os: Option<i32>, text: String },
    HostKey { address: SocketAddr },
    Protocol { what: String, text: String },
    Io { os: Option<i32>, text: String },
}

fn io_error(os: Option<i32>, text: String) -> std::io::Error {
    os.map_or_else(|| std::io::Error::other(text), std::io::Error::from_raw_os_error)
}

impl From<SshError> for Failure {
    fn from(error: SshError) -> Self {
        match error {
            SshError::Cancelled => Self::Cancelled,
            SshError::TimedOut => Self::TimedOut,
            SshError::Endless { most } => Self::Endless { most },
            SshError::Boot { reason } => Self::Boot { reason },
            SshError::Connect { address, source } => {
                Self::Connect { address, os: source.raw_os_error(), text: source.to_string() }
            }
            SshError::HostKey { address } => Self::HostKey { address },
            SshError::Protocol { what, source } => Self::Protocol { what, text: source.to_string() },
            SshError::Io(error) => Self::Io { os: error.raw_os_error(), text: error.to_string() },
            SshError::Stream(error) => Self::Stream { os: error.raw_os_error(), text: error.to_string() },
        }
    }
}

impl From<Failure> for SshError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Cancelled => Self::Cancelled,
            Failure::TimedOut => Self::TimedOut,
            Failure::Endless { most } => Self::Endless { most },
            Failure::Boot { reason } => Self::Boot { reason },
            Failure::Connect { address, os, text } => Self::Connect { address, source: io_error(os, text) },
            Failure::HostKey { address } => Self::HostKey { address },
            Failure::Protocol { what, text } => Self::Protocol { what, source: text.into() },
            Failure::Io { os, text } => Self::Io(io_error(os, text)),
            Failure::Stream { os, text } => Self::Stream(io_error(os, text)),
        }
    }
}

/// Writes one message.
pub(super) fn send(mut stream: impl Write, message: &impl Serialize) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    stream.write_all(&line)
}

/// Appends to `line` until a message is whole, and takes it; none at the end of the stream. A time-out of the
/// stream comes as its error, and what was read so far stays in `line`.
pub(crate) fn receive<T: DeserializeOwned>(
    stream: &mut impl BufRead,
    line: &mut Vec<u8>,
) -> std::io::Result<Option<T>> {
    let room = LONGEST.saturating_sub(line.len() as u64);
    stream.take(room).read_until(b'\n', line)?;
    if line.last() != Some(&b'\n') {
        let too_long = line.len() as u64 >= LONGEST;
        return if too_long { Err(std::io::Error::other("a message is too long")) } else { Ok(None) };
    }
    let message = serde_json::from_slice(line).map_err(std::io::Error::other);
    line.clear();
    message.map(Some)
}
