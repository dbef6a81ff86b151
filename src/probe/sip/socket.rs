//! A socket for SIP.

use std::io;
use std::net::{SocketAddr, SocketAddrV4, UdpSocket};

use mio::Registry;

use crate::probe::sockets::{Sockets, watch};

/// Larger than any message that we expect.
const LONGEST: usize = 8192;

/// How many messages are read in a row: a flood of them must not hold up the calls.
const IN_A_ROW: u32 = 64;

/// An unconnected socket: an error for one request must not be reported when the next is sent, and some
/// exchanges answer from another address than the one that was queried.
#[derive(Debug)]
pub struct Socket {
    udp: UdpSocket,
    /// Its own address, as the server sees it.
    pub local: SocketAddrV4,
    buffer: Box<[u8; LONGEST]>,
    /// How many messages may still be read in a row.
    left: u32,
}

impl Socket {
    /// Opens a socket towards a server.
    ///
    /// # Errors
    /// There is no route to the server or no socket, or it cannot be polled.
    pub fn open(sockets: &dyn Sockets, registry: &Registry, server: SocketAddrV4) -> io::Result<Self> {
        let udp = sockets.udp(sockets.facing(server)?)?;
        watch(registry, &udp)?;
        let SocketAddr::V4(local) = udp.local_addr()? else { return Err(io::ErrorKind::Unsupported.into()) };
        Ok(Self { udp, local, buffer: Box::new([0; LONGEST]), left: IN_A_ROW })
    }

    /// Sends a message.
    ///
    /// # Errors
    /// An error that the system reports at once, such as no route or no buffer space.
    pub fn send(&self, text: &str, to: SocketAddrV4) -> io::Result<()> {
        self.udp.send_to(text.as_bytes(), to).map(drop)
    }

    /// The next message, and its sender; none if there are no more, or it is the next turn of others.
    /// Datagrams that are not text are skipped.
    ///
    /// # Errors
    /// The socket cannot be read.
    pub fn receive(&mut self) -> io::Result<Option<(&str, SocketAddrV4)>> {
        let (length, from) = loop {
            let Some(left) = self.left.checked_sub(1) else {
                self.left = IN_A_ROW;
                return Ok(None);
            };
            self.left = left;
            match self.udp.recv_from(&mut self.buffer[..]) {
                Ok((length, SocketAddr::V4(from))) if std::str::from_utf8(&self.buffer[..length]).is_ok() => {
                    break (length, from);
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.left = IN_A_ROW;
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        };
        Ok(std::str::from_utf8(&self.buffer[..length]).ok().map(|text| (text, from)))
    }
}
