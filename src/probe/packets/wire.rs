//! Sockets for packets that are returned: UDP to a responder, and ICMP echo requests.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::OwnedFd;

use mio::Registry;
use rustix::net::{RecvFlags, SendFlags, recv, sendto, sockopt};

use crate::probe::sockets::{Sockets, watch};
use crate::record::Nanos;

/// The load, the number and the time of sending: eight bytes each.
const PAYLOAD: usize = 24;

/// An ICMP header.
const HEADER: usize = 8;

/// The type of an echo request. An echo reply has type 0.
const ECHO_REQUEST: u8 = 8;

/// Requested size of the receive buffer, in bytes, for times when this thread does not run; the system may
/// grant less.
const ROOM: usize = 1 << 20;

/// How many packets are read in a row: a flood of them must not hold up those that are due.
const IN_A_ROW: usize = 1024;

/// The protocol of the packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// To a responder that sends them back.
    Udp,
    /// To the kernel at the other end.
    Icmp,
}

/// A socket for the packets of one load. It stays unconnected, so that an error for one packet is not
/// reported when the next one is sent.
#[derive(Debug)]
pub struct Wire {
    socket: OwnedFd,
    protocol: Protocol,
    server: SocketAddrV4,
    mark: u64,
}

impl Wire {
    /// Opens a socket. Packets with another mark than this are not ours.
    ///
    /// # Errors
    /// There is no socket, or it cannot be polled.
    pub fn open(
        sockets: &dyn Sockets,
        registry: &Registry,
        protocol: Protocol,
        server: SocketAddrV4,
        mark: u64,
    ) -> io::Result<Self> {
        let socket = match protocol {
            Protocol::Udp => sockets.udp(Ipv4Addr::UNSPECIFIED)?.into(),
            Protocol::Icmp => sockets.icmp()?,
        };
        sockopt::set_socket_recv_buffer_size(&socket, ROOM)?;
        watch(registry, &socket)?;
        Ok(Self { socket, protocol, server, mark })
    }

    /// Sends a packet.
    ///
    /// # Errors
    /// An error that the system reports at once, such as no route or no buffer space.
    pub fn send(&self, number: u64, now: Nanos) -> io::Result<()> {
        let payload = payload(self.mark, number, now);
        match self.protocol {
            Protocol::Udp => sendto(&self.socket, &payload, SendFlags::empty(), &self.server)?,
            Protocol::Icmp => {
                let packet = echo_request(&payload);
                sendto(&self.socket, &packet, SendFlags::empty(), &self.server)?
            }
        };
        Ok(())
    }

    /// Passes on the numbers of packets of ours that have returned.
    ///
    /// # Errors
    /// The socket cannot be read.
    pub fn receive(&self, mut hear: impl FnMut(u64)) -> io::Result<()> {
        let mut buffer = [0; 256];
        for _ in 0..IN_A_ROW {
            let length = match recv(&self.socket, &mut buffer, RecvFlags::empty()) {
                Ok((length, _)) => length,
                Err(rustix::io::Errno::INTR) => continue,
                Err(rustix::io::Errno::WOULDBLOCK) => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            let packet = &buffer[..length];
            let payload = match self.protocol {
                Protocol::Udp => Some(packet),
                Protocol::Icmp => echo_reply(packet),
            };
            if let Some(number) = payload.and_then(|payload| number(payload, self.mark)) {
                hear(number);
            }
        }
        Ok(())
    }
}

fn payload(mark: u64, number: u64, now: Nanos) -> [u8; PAYLOAD] {
    let mut bytes = [0; PAYLOAD];
    for (place, part) in [mark, number, now.0].into_iter().enumerate() {
        bytes[8 * place..8 * place + 8].copy_from_slice(&part.to_be_bytes());
    }
    bytes
}

/// The number in a payload of ours.
pub(crate) fn number(payload: &[u8], mark: u64) -> Option<u64> {
    let part = |place: usize| payload.get(8 * place..8 * place + 8)?.try_into().ok().map(u64::from_be_bytes);
    (payload.len() == PAYLOAD && part(0) == Some(mark)).then(|| part(1)).flatten()
}

fn echo_request(payload: &[u8; PAYLOAD]) -> [u8; HEADER + PAYLOAD] {
    let mut packet = [0; HEADER + PAYLOAD];
    packet[0] = ECHO_REQUEST;
    // Identifier and sequence number stay zero: the payload identifies our packets.
    packet[HEADER..].copy_from_slice(payload);
    let sum = checksum(&packet);
    packet[2..4].copy_from_slice(&sum.to_be_bytes());
    packet
}

/// The payload of an echo reply in an IPv4 packet.
pub(crate) fn echo_reply(packet: &[u8]) -> Option<&[u8]> {
    let header = usize::from(packet.first()? & 0x0f) * 4;
    let message = packet.get(header..)?;
    (message.first() == Some(&0)).then(|| message.get(HEADER..)).flatten()
}

/// The Internet checksum (RFC 1071) of an even number of bytes.
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    // The rest fits 16 bits.
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_packets_of_ours_have_a_number() {
        let bytes = payload(7, 42, Nanos(9));
        assert_eq!(number(&bytes, 7), Some(42));
        assert_eq!(number(&bytes, 8), None);
        assert_eq!(number(&bytes[..23], 7), None);
    }

    #[test]
    fn an_echo_request_is_one_that_a_kernel_answers() {
        let request = echo_request(&payload(7, 42, Nanos(9)));
        assert_eq!(checksum(&request), 0, "the sum over a packet with its checksum is zero");
        let mut packet = vec![0x45; 20];
        packet.extend(request);
        assert_eq!(echo_reply(&packet), None, "our own request, which a raw socket receives too");
        packet[20] = 0;
        assert_eq!(number(echo_reply(&packet).unwrap(), 7), Some(42));
        assert_eq!(echo_reply(&[]), None);
    }
}
