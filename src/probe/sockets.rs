//! Where probes get their sockets from.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};

use mio::net::TcpStream;
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, socket_with};

/// Makes the sockets of probes where the clients of a lab are. No socket blocks.
///
/// This is all that a probe gets of its surroundings, so it can do with no rights at all where who starts it
/// makes the sockets in the right namespace: in the same process ([`Here`]), or in another one that passes
/// descriptors on.
pub trait Sockets: Sync {
    /// A connection over TCP that is being opened.
    ///
    /// # Errors
    /// What the system says at once: no descriptor left, no route.
    fn tcp(&self, server: SocketAddr) -> io::Result<TcpStream>;

    /// A socket for datagrams that is not connected, at a free port of this address.
    ///
    /// # Errors
    /// When there is none.
    fn udp(&self, local: Ipv4Addr) -> io::Result<UdpSocket>;

    /// A socket that sends ICMP messages and gets all that come, each with its IP header.
    ///
    /// # Errors
    /// When there is none; it takes root.
    fn icmp(&self) -> io::Result<OwnedFd>;

    /// The address of the clients that a server sees.
    ///
    /// # Errors
    /// When there is no way to the server.
    fn facing(&self, server: SocketAddrV4) -> io::Result<Ipv4Addr> {
        let asked = self.udp(Ipv4Addr::UNSPECIFIED)?;
        // To connect sends nothing: the system only looks for the way.
        asked.connect(server)?;
        match asked.local_addr()? {
            SocketAddr::V4(local) => Ok(*local.ip()),
            SocketAddr::V6(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

/// Sockets in the network namespace of the calling thread. Who starts a load has brought its thread there.
#[derive(Debug, Clone, Copy)]
pub struct Here;

impl Sockets for Here {
    fn tcp(&self, server: SocketAddr) -> io::Result<TcpStream> {
        TcpStream::connect(server)
    }

    fn udp(&self, local: Ipv4Addr) -> io::Result<UdpSocket> {
        let socket = UdpSocket::bind((local, 0))?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    }

    fn icmp(&self) -> io::Result<OwnedFd> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        Ok(socket_with(AddressFamily::INET, SocketType::RAW, flags, Some(ipproto::ICMP))?)
    }
}

/// Lets a socket that is not mio's own be waited for.
///
/// # Errors
/// When it cannot be.
pub fn watch(registry: &Registry, socket: &impl AsRawFd) -> io::Result<()> {
    registry.register(&mut SourceFd(&socket.as_raw_fd()), Token(0), Interest::READABLE)
}
