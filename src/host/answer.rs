//! Checks whether a libvirt daemon answers.
//!
//! The socket of a stopped or deadlocked daemon still accepts connections, and libvirt's calls would wait
//! forever. So this sends a request in the daemon's protocol, with a time limit.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use rustix::net::sockopt::socket_peercred;

use crate::base::process::Process;
use crate::base::socket;

/// How often a wait for the answer checks whether to go on.
const TICK: Duration = Duration::from_millis(100);

/// The length of a message's header: seven words of four bytes.
const HEAD: usize = 28;

/// libvirt's program number, and its procedure that lists authentication methods
/// (`src/remote/remote_protocol.x`): every client calls it first, and a worker that other calls cannot occupy
/// answers it.
const PROGRAM: u32 = 0x2000_8086;
const AUTH_LIST: u32 = 66;

/// The kinds of messages.
const CALL: u32 = 0;
const REPLY: u32 = 1;

/// Whether the daemon behind a socket answers while `goes_on` returns true. A stopped process is not waited
/// for.
pub(super) fn answers(path: &Path, goes_on: impl Fn() -> bool) -> bool {
    socket::unix(path, &goes_on).is_ok_and(|stream| replies(stream, goes_on).unwrap_or(false))
}

fn replies(mut stream: UnixStream, goes_on: impl Fn() -> bool) -> std::io::Result<bool> {
    let daemon = socket_peercred(&stream).ok().and_then(|peer| Process::of(peer.pid.as_raw_nonzero().get()));
    stream.set_read_timeout(Some(TICK))?;
    stream.set_write_timeout(Some(TICK))?;
    // Length, program, version, procedure, type, serial number, status.
    let words = [HEAD as u32, PROGRAM, 1, AUTH_LIST, CALL, 1, 0];
    stream.write_all(&words.map(u32::to_be_bytes).concat())?;
    let mut head = [0; HEAD];
    let mut heard = 0;
    while heard < HEAD {
        match stream.read(&mut head[heard..]) {
            Ok(0) => return Ok(false),
            Ok(length) => heard += length,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                if daemon.is_some_and(|daemon| daemon.is_stopped()) || !goes_on() {
                    return Ok(false);
                }
            }
            Err(error) => return Err(error),
        }
    }
    let word = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    Ok([word(4), word(12), word(16)] == [PROGRAM, AUTH_LIST, REPLY])
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::time::Instant;

    use super::*;

    /// A peer that accepts a connection, reads the request, and writes this answer.
    fn peer(path: &Path, answer: Vec<u8>) -> std::thread::JoinHandle<()> {
        let listener = UnixListener::bind(path).unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.read_exact(&mut [0; HEAD]).unwrap();
            stream.write_all(&answer).unwrap();
            // Silent until the other end closes.
            let _ = stream.read(&mut [0; 1]);
        })
    }

    fn asked(answer: &[u32]) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let peer = peer(&path, answer.iter().flat_map(|word| word.to_be_bytes()).collect());
        let until = Instant::now() + Duration::from_millis(300);
        let answered = answers(&path, || Instant::now() < until);
        peer.join().unwrap();
        answered
    }

    #[test]
    fn a_socket_that_accepts_is_no_answer() {
        assert!(!asked(&[]));
        assert!(!asked(&[HEAD as u32, PROGRAM, 1]), "it began to answer");
        assert!(!asked(&[HEAD as u32, PROGRAM, 1, AUTH_LIST, CALL, 1, 0]), "an echo");
        assert!(asked(&[HEAD as u32 + 8, PROGRAM, 1, AUTH_LIST, REPLY, 1, 0, 1, 0]));
    }

    #[test]
    fn nobody_does_not_answer() {
        assert!(!answers(Path::new("/nonexistent/socket"), || true));
    }
}
