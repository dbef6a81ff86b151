//! A raw socket on an interface: the only place that knows how.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use super::frame::ETHERTYPE;

/// A socket that gets every ARP frame of an interface, also those for others, and sends any frame. It never blocks.
/// The interface is looked up in the network namespace of the calling thread. It takes root.
pub fn open(interface: &str) -> io::Result<File> {
    let protocol = ETHERTYPE.to_be();
    let kind = libc::SOCK_RAW | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: socket takes integers only.
    let raw = unsafe { libc::socket(libc::AF_PACKET, kind, i32::from(protocol)) };
    if raw < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor was just opened, and nobody else has it.
    let socket = unsafe { OwnedFd::from_raw_fd(raw) };
    let index = index(interface)?;
    bind(&socket, index, protocol)?;
    hear_all(&socket, index)?;
    Ok(File::from(socket))
}

fn index(interface: &str) -> io::Result<libc::c_int> {
    let name = CString::new(interface)?;
    // SAFETY: the name ends with a zero byte and lives through the call.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    match libc::c_int::try_from(index) {
        Ok(index) if index > 0 => Ok(index),
        _ => Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no interface {interface} here"))),
    }
}

fn bind(socket: &OwnedFd, index: libc::c_int, protocol: u16) -> io::Result<()> {
    let address = libc::sockaddr_ll {
        sll_family: libc::AF_PACKET as u16,
        sll_protocol: protocol,
        sll_ifindex: index,
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    };
    let size = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    // SAFETY: the address is of the type that the family has, of the size that is said, and lives through the call.
    check(unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), size) })
}

/// Answers to our questions go to an address that nobody has; a bridge hands them to its host only when it listens
/// to everything.
fn hear_all(socket: &OwnedFd, index: libc::c_int) -> io::Result<()> {
    let request = libc::packet_mreq {
        mr_ifindex: index,
        mr_type: libc::PACKET_MR_PROMISC as u16,
        mr_alen: 0,
        mr_address: [0; 8],
    };
    let size = size_of::<libc::packet_mreq>() as libc::socklen_t;
    let value = (&raw const request).cast();
    // SAFETY: the value is of the option's type, of the size that is said, and lives through the call.
    check(unsafe {
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, value, size)
    })
}

fn check(status: libc::c_int) -> io::Result<()> {
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
