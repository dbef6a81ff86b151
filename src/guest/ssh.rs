//! SSH to a guest over the management network, with a known host key.
//!
//! Each thread has its own session: libssh2 has one lock per session, and frees channels without it. Every
//! wait has a limit, because libssh2 has none and a guest whose power was cut never answers. A watchdog ends
//! what libssh2 itself does not end.

use std::fs::File;
use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use ssh2::{ErrorCode, ExtendedData, MethodType};

use super::watchdog::Watched;
use super::{Limits, SshError};
use crate::base::budget::Budget;
use crate::base::shell::quote;
use crate::base::socket;
use crate::base::words::last_lines;

/// How often a blocked read checks its limit and cancellation, in milliseconds.
const TICK_MS: u32 = 100;

/// libssh2's `LIBSSH2_ERROR_TIMEOUT`.
const TIMED_OUT: ErrorCode = ErrorCode::Session(-9);

/// libssh2's `LIBSSH2_ERROR_SOCKET_TIMEOUT`.
const SOCKET_TIMED_OUT: ErrorCode = ErrorCode::Session(-30);

/// The status for a command that a signal ended.
const ENDED_BY_SIGNAL: i32 = 255;

/// The algorithms: one modern method each, the cheapest to emulate.
const METHODS: [(MethodType, &str); 3] = [
    (MethodType::Kex, "curve25519-sha256,curve25519-sha256@libssh.org"),
    (MethodType::HostKey, "ssh-ed25519"),
    (MethodType::CryptCs, "chacha20-poly1305@openssh.com,aes128-ctr"),
];

/// Where a shell is, and who may enter it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    /// Its address and port.
    pub address: SocketAddr,
    /// The client's private key, in OpenSSH's text form.
    pub private_key: String,
    /// The guest's host key, in wire format.
    pub host_key: Vec<u8>,
}

/// What a command left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its exit status; 255 when a signal ended it.
    pub status: i32,
    /// Its output: standard output and standard error in order of arrival.
    pub text: String,
}

impl Output {
    /// The last lines, for messages.
    pub fn tail(&self, lines: usize) -> String {
        last_lines(&self.text, lines)
    }
}

/// An open SSH session with a guest.
pub struct SshSession {
    session: ssh2::Session,
    connection: Arc<Watched>,
}

impl SshSession {
    /// Connects, checks the host key, and logs in as root.
    ///
    /// # Errors
    /// When there is no connection, the host key differs, or no answer comes in time.
    pub fn open(target: &Target, limits: Limits<'_>) -> Result<Self, SshError> {
        limits.check()?;
        Self::over(connect(target, limits)?, target, limits)
    }

    /// Makes a session over a connection.
    fn over(stream: TcpStream, target: &Target, limits: Limits<'_>) -> Result<Self, SshError> {
        let protocol = |what: &'static str| move |error: ssh2::Error| failed(what, error);
        let connection = Arc::new(Watched::of(&stream).map_err(SshError::Io)?);
        let mut session = ssh2::Session::new().map_err(protocol("starting"))?;
        for (kind, methods) in METHODS {
            session.method_pref(kind, methods).map_err(protocol("choosing methods"))?;
        }
        session.set_tcp_stream(stream);
        // Each call continues where the tick before it ended.
        session.set_timeout(TICK_MS);
        connection.guard(limits, || {
            retry(limits, "shaking hands", || session.handshake())?;
            if session.host_key().is_none_or(|(key, _)| key != target.host_key) {
                return Err(SshError::HostKey { address: target.address });
            }
            retry(limits, "logging in", || {
                session.userauth_pubkey_memory("root", None, &target.private_key, None)
            })
        })?;
        Ok(Self { session, connection })
    }

    /// Opens a channel for one command; `errors` is whether standard error is part of its output. Nothing has
    /// been started in the guest when this fails.
    ///
    /// # Errors
    /// When the connection is broken or a limit comes first.
    pub fn channel(&mut self, errors: bool, limits: Limits<'_>) -> Result<Channel, SshError> {
        let errors = if errors { ExtendedData::Merge } else { ExtendedData::Ignore };
        let connection = Arc::clone(&self.connection);
        connection.guard(limits, || {
            let mut inner = retry(limits, "opening a channel", || self.session.channel_session())?;
            retry(limits, "arranging the outputs", || inner.handle_extended_data(errors))?;
            Ok(Channel { inner, connection: Arc::clone(&connection) })
        })
    }
}

/// Handles the output of a command as it comes.
pub type OnBytes<'a> = dyn FnMut(&[u8]) -> Result<(), SshError> + 'a;

/// An open channel of a session, for one command.
pub struct Channel {
    pub(super) inner: ssh2::Channel,
    connection: Arc<Watched>,
}

impl Channel {
    /// Runs a shell script as root, with this as its input, and hands on what it prints as it comes. Returns
    /// its exit status.
    ///
    /// # Errors
    /// When the input cannot be read, the connection breaks, a limit comes first, or `on_bytes` fails.
    pub fn run(
        mut self,
        script: &str,
        input: Option<File>,
        limits: Limits<'_>,
        on_bytes: &mut OnBytes<'_>,
    ) -> Result<i32, SshError> {
        let connection = Arc::clone(&self.connection);
        connection.guard(limits, || {
            self.exec(script, limits)?;
            let mut budget = limits.budget();
            if let Some(mut input) = input
                && !self.fill(&mut input, limits, &mut budget, on_bytes)?
            {
                retry(limits, "ending the input", || self.inner.send_eof())?;
            }
            self.finish(limits, &mut budget, on_bytes)
        })
    }

    /// Starts a shell script.
    fn exec(&mut self, script: &str, limits: Limits<'_>) -> Result<(), SshError> {
        // As an argument and not as input: a command of the script that reads its input must not eat the
        // rest.
        let command = format!("exec /bin/sh -euc {}", quote(script));
        retry(limits, "starting a command", || self.inner.exec(&command))
    }

    /// Reads some output; none at its end. Empty when nothing came within a tick.
    pub(super) fn read<'b>(
        &mut self,
        buffer: &'b mut [u8],
        budget: &mut Budget<'_>,
    ) -> Result<Option<&'b [u8]>, SshError> {
        let length = match self.inner.read(buffer) {
            Ok(0) => return Ok(None),
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => 0,
            Err(error) => return Err(SshError::Io(error)),
        };
        self.connection.hand_on(length);
        // Also while output flows: a command that prints without end has limits, too.
        budget.charge(length)?;
        Ok(Some(buffer.get(..length).unwrap_or_default()))
    }

    /// Reads the output of a command to its end; its exit status.
    fn finish(
        &mut self,
        limits: Limits<'_>,
        budget: &mut Budget<'_>,
        on_bytes: &mut OnBytes<'_>,
    ) -> Result<i32, SshError> {
        let mut buffer = [0; 8192];
        while let Some(part) = self.read(&mut buffer, budget)? {
            on_bytes(part)?;
        }
        retry(limits, "closing a channel", || self.inner.wait_close())?;
        let signal = retry(limits, "asking for the end", || self.inner.exit_signal())?;
        if signal.exit_signal.is_some() {
            return Ok(ENDED_BY_SIGNAL);
        }
        retry(limits, "asking for the end", || self.inner.exit_status())
    }
}

/// How long a guest may not answer ARP: one that was just restored on a busy machine needs some seconds.
const UNREACHABLE: Duration = Duration::from_secs(15);

/// The pause before a guest that did not answer ARP is tried again. No event tells that it would answer.
const AGAIN: Duration = Duration::from_millis(100);

/// Connects in the network namespace of the calling thread.
fn connect(target: &Target, limits: Limits<'_>) -> Result<TcpStream, SshError> {
    let failed = |source| SshError::Connect { address: target.address, source };
    let begin = Instant::now();
    let stream = loop {
        match socket::tcp(target.address, || limits.check().is_ok()) {
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                limits.check()?;
                return Err(failed(error));
            }
            Err(error)
                if error.kind() == std::io::ErrorKind::HostUnreachable && begin.elapsed() < UNREACHABLE =>
            {
                limits.check()?;
                std::thread::sleep(AGAIN);
            }
            connected => break connected.map_err(failed)?,
        }
    };
    stream.set_nodelay(true).map_err(failed)?;
    keep_alive(&stream).map_err(|error| failed(error.into()))?;
    Ok(stream)
}

/// Enables TCP keepalive. A guest whose power was cut never closes its connections, so a reader would wait
/// forever, even after the guest is back.
fn keep_alive(stream: &TcpStream) -> rustix::io::Result<()> {
    use rustix::net::sockopt;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, Duration::from_secs(2))?;
    sockopt::set_tcp_keepintvl(stream, Duration::from_secs(1))?;
    // Emulated guests on a busy machine can pause for seconds.
    sockopt::set_tcp_keepcnt(stream, 8)
}

fn failed(what: &'static str, error: ssh2::Error) -> SshError {
    SshError::Protocol { what: what.to_owned(), source: Box::new(error) }
}

/// Tries again after each tick without an answer, until a limit comes.
pub(super) fn retry<T>(
    limits: Limits<'_>,
    what: &'static str,
    mut call: impl FnMut() -> Result<T, ssh2::Error>,
) -> Result<T, SshError> {
    loop {
        match call() {
            Ok(value) => return Ok(value),
            Err(error) if [TIMED_OUT, SOCKET_TIMED_OUT].contains(&error.code()) => limits.check()?,
            Err(error) => return Err(failed(what, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Instant;

    use super::*;

    /// A server that accepts and sends nothing, and a connection to it.
    fn silent() -> (std::net::TcpListener, TcpStream) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (listener, stream)
    }

    #[test]
    fn a_handshake_that_nobody_answers_ends_with_the_users_wish_and_with_the_limit() {
        let (listener, stream) = silent();
        let target = Target {
            address: listener.local_addr().unwrap(),
            private_key: String::new(),
            host_key: Vec::new(),
        };
        let cancel = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let opening = scope.spawn(|| {
                let limits = Limits::within(Duration::from_secs(600), &cancel);
                SshSession::over(stream, &target, limits).map(drop)
            });
            let _open = listener.accept().unwrap();
            std::thread::sleep(Duration::from_millis(300));
            let cancelled = Instant::now();
            cancel.store(true, Ordering::Relaxed);
            assert!(matches!(opening.join().unwrap(), Err(SshError::Cancelled)));
            assert!(cancelled.elapsed() < Duration::from_secs(60));
        });
        cancel.store(false, Ordering::Relaxed);
        let (_listener, stream) = silent();
        let limits = Limits::within(Duration::from_millis(300), &cancel);
        assert!(matches!(SshSession::over(stream, &target, limits).map(drop), Err(SshError::TimedOut)));
    }

    /// A packet of SSH before any encryption, of this kind and without content.
    fn packet(kind: u8) -> Vec<u8> {
        // Its length, the length of the padding, the kind, the length of an empty text, the padding.
        [&[0, 0, 0, 12, 6, kind, 0, 0, 0, 0][..], &[0; 6]].concat()
    }

    #[test]
    fn a_server_that_sends_without_end_ends_with_the_limit() {
        let never = AtomicBool::new(false);
        let version = b"SSH-2.0-endless\r\n";
        // Lines that may stand before the version, packets that are ignored, and packets that are kept.
        for (first, again) in
            [(b"".as_slice(), b"x\n".to_vec()), (version, packet(2)), (version, packet(200))]
        {
            let (listener, stream) = silent();
            let (mut peer, _) = listener.accept().unwrap();
            let (many, first) = (again.repeat(5000), first.to_vec());
            // It ends with its connection, some time after the client.
            std::thread::spawn(move || {
                let sent = std::io::Write::write_all(&mut peer, &first);
                while sent.is_ok() && std::io::Write::write_all(&mut peer, &many).is_ok() {}
            });
            let target = Target {
                address: listener.local_addr().unwrap(),
                private_key: String::new(),
                host_key: Vec::new(),
            };
            let begun = Instant::now();
            let limits = Limits::within(Duration::from_secs(1), &never);
            let ended = SshSession::over(stream, &target, limits).map(drop);
            assert!(
                matches!(
                    ended,
                    Err(SshError::TimedOut | SshError::Endless { .. } | SshError::Protocol { .. })
                ),
                "{ended:?}"
            );
            assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
        }
    }

    #[test]
    fn limits_tell_why() {
        let cancel = AtomicBool::new(false);
        assert!(Limits::within(Duration::from_secs(5), &cancel).check().is_ok());
        assert!(matches!(Limits::within(Duration::ZERO, &cancel).check(), Err(SshError::TimedOut)));
        cancel.store(true, Ordering::Relaxed);
        assert!(matches!(Limits::within(Duration::from_secs(5), &cancel).check(), Err(SshError::Cancelled)));
    }
}
