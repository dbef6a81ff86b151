//! A network interface whose packets are exchanged with this program (TUN); only this module implements it.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::Command;

use rustix::fs::{Mode, OFlags, open};

/// The end of a wire: an interface in the network namespace of the thread that opened it.
#[derive(Debug)]
pub struct Tunnel(OwnedFd);

impl Tunnel {
    /// Makes an interface with this address and this peer.
    ///
    /// # Errors
    /// The system refuses; it requires root and `ip`.
    pub fn open(own: Ipv4Addr, peer: Ipv4Addr) -> io::Result<Self> {
        let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = open("/dev/net/tun", flags, Mode::empty())?;
        attach(&file)?;
        ip(&["address", "add", &own.to_string(), "peer", &peer.to_string(), "dev", NAME])?;
        ip(&["link", "set", NAME, "up"])?;
        Ok(Self(file))
    }

    /// The next packet that was sent into the interface; none if there is none now.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read<'a>(&self, buffer: &'a mut [u8]) -> io::Result<Option<&'a [u8]>> {
        match rustix::io::read(&self.0, &mut *buffer) {
            Ok(length) => Ok(Some(&buffer[..length])),
            Err(rustix::io::Errno::WOULDBLOCK | rustix::io::Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Emits a packet from the interface. If its buffer is full the packet is lost, as on a real wire.
    pub fn write(&self, packet: &[u8]) {
        let _ = rustix::io::write(&self.0, packet);
    }

    /// The descriptor, for polling.
    pub fn descriptor(&self) -> &OwnedFd {
        &self.0
    }
}

/// The name of the interface, which is the only one in its namespace.
const NAME: &str = "wire";

/// Attaches the file to an interface for IP packets without a preceding header.
fn attach(file: &OwnedFd) -> io::Result<()> {
    // SAFETY: an all-zero request is valid; it names no interface and sets no flag.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (place, letter) in request.ifr_name.iter_mut().zip(NAME.bytes()) {
        *place = letter as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short;
    // SAFETY: the request has the type that this call reads and writes, and outlives it.
    let status = unsafe { libc::ioctl(file.as_raw_fd(), libc::TUNSETIFF, &raw mut request) };
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Runs `ip` in the network namespace of the calling thread, which its child inherits.
fn ip(words: &[&str]) -> io::Result<()> {
    let output = Command::new("ip").args(words).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("ip {}: {}", words.join(" "), said.trim())))
}
