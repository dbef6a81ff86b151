//! Connecting to sockets, with cancellation.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with, sockopt};

/// How often a wait checks whether to go on.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// How soon a listener with a full queue is tried again: no event reports room in it.
const FULL: Duration = Duration::from_millis(20);

/// The flags of new sockets.
const FLAGS: SocketFlags = SocketFlags::CLOEXEC.union(SocketFlags::NONBLOCK);

/// Connects to a Unix socket. While its listener's queue is full, retries for as long as `goes_on` returns
/// true.
///
/// # Errors
/// When nothing listens there; [`io::ErrorKind::TimedOut`] when `goes_on` returned false.
pub fn unix(path: &Path, goes_on: impl Fn() -> bool) -> io::Result<UnixStream> {
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, FLAGS, None)?;
    let address = SocketAddrUnix::new(path)?;
    while let Err(error) = connect(&socket, &address) {
        match error {
            Errno::INTR => {}
            Errno::AGAIN if goes_on() => std::thread::sleep(FULL),
            Errno::AGAIN => return Err(io::ErrorKind::TimedOut.into()),
            error => return Err(error.into()),
        }
    }
    let stream = UnixStream::from(socket);
    stream.set_nonblocking(false)?;
    Ok(stream)
}

/// Connects over TCP, for as long as `goes_on` returns true.
///
/// # Errors
/// When the connection is refused; [`io::ErrorKind::TimedOut`] when `goes_on` returned false.
pub fn tcp(address: SocketAddr, goes_on: impl Fn() -> bool) -> io::Result<TcpStream> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = socket_with(family, SocketType::STREAM, FLAGS, None)?;
    match connect(&socket, &address) {
        Ok(()) => {}
        Err(Errno::INPROGRESS | Errno::INTR) => {
            while poll(&mut [PollFd::new(&socket, PollFlags::OUT)], Some(&TICK)).or_else(interrupted)? == 0 {
                if !goes_on() {
                    return Err(io::ErrorKind::TimedOut.into());
                }
            }
            sockopt::socket_error(&socket)??;
        }
        Err(error) => return Err(error.into()),
    }
    let stream = TcpStream::from(socket);
    stream.set_nonblocking(false)?;
    Ok(stream)
}

/// Treats an interrupted wait as one without events.
fn interrupted(error: Errno) -> rustix::io::Result<usize> {
    if error == Errno::INTR { Ok(0) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::net::TcpListener;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn who_listens_is_reached() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        assert_eq!(unix(&path, || true).unwrap_err().kind(), io::ErrorKind::NotFound);
        let _listener = UnixListener::bind(&path).unwrap();
        unix(&path, || false).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        tcp(address, || true).unwrap();
        drop(listener);
        assert_eq!(tcp(address, || true).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }

    #[test]
    fn a_listener_that_accepts_nobody_is_waited_for_only_as_long_as_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, FLAGS, None).unwrap();
        rustix::net::bind(&socket, &SocketAddrUnix::new(&path).unwrap()).unwrap();
        rustix::net::listen(&socket, 0).unwrap();
        let _first = unix(&path, || false).unwrap();
        let looks = Cell::new(0);
        let go_on = || {
            looks.set(looks.get() + 1);
            looks.get() < 3
        };
        assert_eq!(unix(&path, go_on).unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(looks.get(), 3);
    }
}
