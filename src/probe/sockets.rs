//! What a probe has of its surroundings: sockets, and the streams of the load's program.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};

use crate::base::confined::Streams;
use mio::net::TcpStream;
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, socket_with};

/// Makes non-blocking sockets for probes in the network of a lab's clients.
///
/// A probe has no other access to its surroundings, so it needs no privileges if its starter makes the
/// sockets in the right namespace: in the same process ([`Here`]), or in another one that passes descriptors.
pub trait Sockets: Sync {
    /// A TCP connection that is being opened.
    ///
    /// # Errors
    /// An error that the system reports at once, such as no free descriptor or no route.
    fn tcp(&self, server: SocketAddr) -> io::Result<TcpStream>;

    /// An unconnected datagram socket at a free port of this address.
    ///
    /// # Errors
    /// No socket can be made.
    fn udp(&self, local: Ipv4Addr) -> io::Result<UdpSocket>;

    /// A socket that sends ICMP messages and receives all incoming ones, each with its IP header.
    ///
    /// # Errors
    /// No socket can be made; it requires root.
    fn icmp(&self) -> io::Result<OwnedFd>;

    /// The streams of the program of a load that has one, which runs already.
    ///
    /// # Errors
    /// There is none.
    fn program(&self) -> io::Result<Streams> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "a program needs a process of its own"))
    }

    /// The client address that a server sees.
    ///
    /// # Errors
    /// There is no route to the server.
    fn facing(&self, server: SocketAddrV4) -> io::Result<Ipv4Addr> {
        let asked = self.udp(Ipv4Addr::UNSPECIFIED)?;
        // Connecting a datagram socket sends nothing: the system only looks up the route.
        asked.connect(server)?;
        match asked.local_addr()? {
            SocketAddr::V4(local) => Ok(*local.ip()),
            SocketAddr::V6(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

/// Sockets in the network namespace of the calling thread, which has entered the right one.
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

/// Registers a foreign socket with mio.
///
/// # Errors
/// It cannot be registered.
pub fn watch(registry: &Registry, socket: &impl AsRawFd) -> io::Result<()> {
    registry.register(&mut SourceFd(&socket.as_raw_fd()), Token(0), Interest::READABLE)
}
