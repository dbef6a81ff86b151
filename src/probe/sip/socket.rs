//! A socket for SIP.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};

/// More than any message that is met here.
const LONGEST: usize = 8192;

/// A socket that is not connected: an error that comes back for one request must not be the answer of the system to the
/// next, and some exchanges answer from another address than the one that was asked.
#[derive(Debug)]
pub struct Socket {
    udp: UdpSocket,
    /// Its own address, as the server sees it.
    pub local: SocketAddrV4,
    buffer: Box<[u8; LONGEST]>,
}

impl Socket {
    /// Opens a socket on the way to a server, in the network namespace of the calling thread.
    ///
    /// # Errors
    /// When there is no way to the server, or no socket.
    pub fn open(server: SocketAddrV4) -> io::Result<Self> {
        let udp = UdpSocket::bind((facing(server)?, 0))?;
        udp.set_nonblocking(true)?;
        let SocketAddr::V4(local) = udp.local_addr()? else { return Err(io::ErrorKind::Unsupported.into()) };
        Ok(Self { udp, local, buffer: Box::new([0; LONGEST]) })
    }

    /// Sends a message.
    ///
    /// # Errors
    /// What the system says at once: no route, no room.
    pub fn send(&self, text: &str, to: SocketAddrV4) -> io::Result<()> {
        self.udp.send_to(text.as_bytes(), to).map(drop)
    }

    /// The next message that has come, and from where; none when no more are there. What is no text is left out.
    ///
    /// # Errors
    /// When the socket cannot be read.
    pub fn receive(&mut self) -> io::Result<Option<(&str, SocketAddrV4)>> {
        let (length, from) = loop {
            match self.udp.recv_from(&mut self.buffer[..]) {
                Ok((length, SocketAddr::V4(from))) if std::str::from_utf8(&self.buffer[..length]).is_ok() => {
                    break (length, from);
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error),
            }
        };
        Ok(std::str::from_utf8(&self.buffer[..length]).ok().map(|text| (text, from)))
    }

    /// What can be waited for.
    pub fn udp(&self) -> &UdpSocket {
        &self.udp
    }
}

/// The address of this machine that a server sees.
pub fn facing(server: SocketAddrV4) -> io::Result<Ipv4Addr> {
    let asked = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    // To connect sends nothing: the system only looks for the way.
    asked.connect(server)?;
    match asked.local_addr()? {
        SocketAddr::V4(local) => Ok(*local.ip()),
        SocketAddr::V6(_) => Err(io::ErrorKind::Unsupported.into()),
    }
}
