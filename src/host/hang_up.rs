//! Cancels pending calls to a daemon.
//!
//! libvirt cannot cancel a call that waits for a daemon, and hides its connection. But the connection is a
//! socket of this process: shutting it down makes every pending call fail.

use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::net::sockopt::socket_peercred;
use rustix::net::{Shutdown, SocketAddrUnix, getpeername, shutdown};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

use super::process::are_together;
use crate::base::process::Process;

/// Shuts down this process's connections to sockets of this name whose listener is in a supervisor's process
/// namespace.
pub(super) fn on(supervisor: &Process, name: &str) {
    for socket in sockets() {
        let listener = socket_peercred(&socket).map(|peer| peer.pid.as_raw_nonzero().get());
        if is_called(&socket, name) && listener.is_ok_and(|pid| are_together(supervisor.pid, pid)) {
            // It may have been closed already.
            let _ = shutdown(&socket, Shutdown::Both);
        }
    }
}

/// Duplicates of this process's open sockets.
fn sockets() -> Vec<OwnedFd> {
    let Ok(myself) = pidfd_open(getpid(), PidfdFlags::empty()) else { return Vec::new() };
    let Ok(entries) = fs_err::read_dir("/proc/self/fd") else { return Vec::new() };
    let is_socket = |path: &Path| {
        fs_err::read_link(path).is_ok_and(|to| to.as_os_str().as_bytes().starts_with(b"socket:"))
    };
    let numbers = entries
        .flatten()
        .filter(|entry| is_socket(&entry.path()))
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter_map(|number| pidfd_getfd(&myself, number, PidfdGetfdFlags::empty()).ok()).collect()
}

/// Whether the peer's socket path ends with this name.
fn is_called(socket: &OwnedFd, name: &str) -> bool {
    let Ok(Some(address)) = getpeername(socket) else { return false };
    let Ok(address) = SocketAddrUnix::try_from(address) else { return false };
    let path = address.path_bytes().map(|path| Path::new(std::ffi::OsStr::from_bytes(path)).to_owned());
    path.is_some_and(|path| path.file_name() == Some(name.as_ref()))
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    #[test]
    fn only_the_daemons_connections_are_shut_down() {
        let folder = tempfile::tempdir().unwrap();
        let connect = |name: &str| {
            let path = folder.path().join(name);
            let listener = UnixListener::bind(&path).unwrap();
            let stream = UnixStream::connect(&path).unwrap();
            (listener.accept().unwrap().0, stream)
        };
        let (_daemon, mut ours) = connect("hang-up-test");
        let (_other, another) = connect("another");
        let listener = Process::of(std::process::id() as i32).unwrap();
        on(&listener, "hang-up-test");
        assert_eq!(ours.read(&mut [0; 1]).unwrap(), 0, "a wait on it ends");
        another.set_nonblocking(true).unwrap();
        let other = (&another).read(&mut [0; 1]).unwrap_err();
        assert_eq!(other.kind(), std::io::ErrorKind::WouldBlock);
    }
}
