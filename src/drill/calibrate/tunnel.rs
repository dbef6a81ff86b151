//! A network interface whose packets come to this program: the only place that knows how.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::Command;

use rustix::fs::{Mode, OFlags, open};

/// The end of a wire: an interface in the network namespace of the thread that opened it.
#[derive(Debug)]
pub struct Tunnel(OwnedFd);

impl Tunnel {
    /// Makes an interface with this address, whose wire leads to that one.
    ///
    /// # Errors
    /// When the system makes none; it takes root and `ip`.
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
    /// When it cannot be read.
    pub fn read<'a>(&self, buffer: &'a mut [u8]) -> io::Result<Option<&'a [u8]>> {
        match rustix::io::read(&self.0, &mut *buffer) {
            Ok(length) => Ok(Some(&buffer[..length])),
            Err(rustix::io::Errno::WOULDBLOCK | rustix::io::Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets a packet come out of the interface. One that has no room is lost, as on a real wire.
    pub fn write(&self, packet: &[u8]) {
        let _ = rustix::io::write(&self.0, packet);
    }

    /// To wait for packets.
    pub fn descriptor(&self) -> &OwnedFd {
        &self.0
    }
}

/// The interface's name; each is alone in its namespace.
const NAME: &str = "wire";

/// Makes the file the other end of an interface of IP packets, without a header before them.
fn attach(file: &OwnedFd) -> io::Result<()> {
    // SAFETY: all zero is a valid request, which names no interface and asks nothing.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (place, letter) in request.ifr_name.iter_mut().zip(NAME.bytes()) {
        *place = letter as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short;
    // SAFETY: the request is of the type that this call reads and writes, and lives through it.
    let status = unsafe { libc::ioctl(file.as_raw_fd(), libc::TUNSETIFF, &raw mut request) };
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Runs `ip` in the network namespace of the calling thread, which its children are born in.
fn ip(words: &[&str]) -> io::Result<()> {
    let output = Command::new("ip").args(words).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("ip {}: {}", words.join(" "), said.trim())))
}
