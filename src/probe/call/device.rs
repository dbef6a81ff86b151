//! A telephone with its sockets for voice and video.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};

use mio::Registry;

use super::facts::Medium;
use super::rtp::{Label, read};
use crate::probe::sip::{MediaSession, Phone, Ports};
use crate::probe::sockets::{Sockets, watch};

/// Larger than any packet that we send.
const LONGEST: usize = 2048;

/// How many packets of a medium are read in a row: a flood of them must not hold up those that are due.
const IN_A_ROW: usize = 1024;

/// A telephone with its sockets for voice and video.
#[derive(Debug)]
pub struct Device {
    /// Its SIP signalling.
    pub phone: Phone,
    /// Whether the exchange has its registration.
    pub registered: bool,
    /// Where its media are sent during a call.
    pub session: Option<MediaSession>,
    audio: UdpSocket,
    video: Option<UdpSocket>,
}

impl Device {
    /// Creates a phone for this account, with or without video.
    ///
    /// # Errors
    /// No route to the exchange, or no socket.
    pub fn new(
        (sockets, registry): (&dyn Sockets, &Registry),
        user: String,
        server: SocketAddrV4,
        mark: u64,
        video: bool,
    ) -> io::Result<Self> {
        // The sockets stay unconnected: media may arrive from another address than the one they are sent to.
        let media = || -> io::Result<UdpSocket> {
            let socket = sockets.udp(Ipv4Addr::UNSPECIFIED)?;
            watch(registry, &socket)?;
            Ok(socket)
        };
        let audio = media()?;
        let video = video.then(media).transpose()?;
        let port = |socket: &UdpSocket| socket.local_addr().map(|address| address.port());
        let ports = Ports { audio: port(&audio)?, video: video.as_ref().map(port).transpose()? };
        let phone = Phone::new((sockets, registry), user, server, ports, mark)?;
        Ok(Self { phone, registered: false, session: None, audio, video })
    }

    /// The destination and the format for this medium; none if the other side does not accept it.
    pub fn destination(&self, medium: Medium) -> Option<(SocketAddrV4, u8)> {
        let session = self.session.as_ref()?;
        let destination = match medium {
            Medium::Voice => session.audio,
            Medium::Video => session.video?,
        };
        Some((destination.to, destination.format))
    }

    /// Sends a packet.
    ///
    /// # Errors
    /// An error that the system reports at once, such as no route or no buffer space.
    pub fn send(&self, medium: Medium, packet: &[u8], to: SocketAddrV4) -> io::Result<()> {
        let socket = match medium {
            Medium::Voice => &self.audio,
            Medium::Video => self.video.as_ref().unwrap_or(&self.audio),
        };
        socket.send_to(packet, to).map(drop)
    }

    /// Passes on the labels of all packets of ours that have arrived.
    ///
    /// # Errors
    /// The socket cannot be read.
    pub fn receive(&self, mut hear: impl FnMut(Label)) -> io::Result<()> {
        let mut buffer = [0; LONGEST];
        for socket in [&self.audio].into_iter().chain(&self.video) {
            for _ in 0..IN_A_ROW {
                match socket.recv(&mut buffer) {
                    Ok(length) => {
                        if let Some(label) = read(&buffer[..length]) {
                            hear(label);
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }
}
