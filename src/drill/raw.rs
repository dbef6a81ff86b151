//! Raw sockets on interfaces; only this module implements them.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// `SIOCGSTAMPNS` of `asm-generic/sockios.h`, which the crate libc lacks.
const SIOCGSTAMPNS: libc::c_ulong = 0x8907;

/// The receive buffer for times when this thread does not run, in bytes.
static ROOM: libc::c_int = 16 << 20;

/// A non-blocking socket that receives every frame of this type (`ETH_P_…`) on an interface, including those
/// for other hosts, and sends any frame. The interface is looked up in the network namespace of the calling
/// thread. It requires root.
pub fn open(interface: &str, protocol: u16) -> io::Result<File> {
    open_filtered(interface, protocol, None)
}

/// As [`open`], but receives only frames that the kernel's rules have given this mark.
pub fn open_marked(interface: &str, protocol: u16, mark: u32) -> io::Result<File> {
    open_filtered(interface, protocol, Some(mark))
}

fn open_filtered(interface: &str, protocol: u16, mark: Option<u32>) -> io::Result<File> {
    let protocol = protocol.to_be();
    let kind = libc::SOCK_RAW | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // No protocol yet: until it is bound it would receive from every interface.
    // SAFETY: socket takes integers only.
    let raw = unsafe { libc::socket(libc::AF_PACKET, kind, 0) };
    if raw < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor was just opened, and has no other owner.
    let socket = unsafe { OwnedFd::from_raw_fd(raw) };
    if let Some(mark) = mark {
        filter(&socket, mark)?;
    }
    let index = index(interface)?;
    bind(&socket, index, protocol)?;
    hear_all(&socket, index)?;
    Ok(File::from(socket))
}

fn index(interface: &str) -> io::Result<libc::c_int> {
    let name = CString::new(interface)?;
    // SAFETY: the name ends with a zero byte and outlives the call.
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
    // SAFETY: the address has the type of the family and the given size, and outlives the call.
    check(unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), size) })
}

/// Has the kernel pass on only frames with this mark, by a program of four instructions: load the mark, jump
/// over the first end if it is this one, end with all or nothing of the frame.
fn filter(socket: &OwnedFd, mark: u32) -> io::Result<()> {
    let step = |code: u32, jf: u8, k: u32| libc::sock_filter { code: code as u16, jt: 0, jf, k };
    let mut program = [
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, (libc::SKF_AD_OFF + libc::SKF_AD_MARK) as u32),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 1, mark),
        step(libc::BPF_RET | libc::BPF_K, 0, u32::MAX),
        step(libc::BPF_RET | libc::BPF_K, 0, 0),
    ];
    let all = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    let size = size_of::<libc::sock_fprog>() as libc::socklen_t;
    let value = (&raw const all).cast();
    // SAFETY: the value has the type of the option and the given size; it and its program outlive the call.
    check(unsafe {
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, value, size)
    })
}

/// Answers to our queries go to an address that no host has; a bridge passes them to its host only in
/// promiscuous mode.
fn hear_all(socket: &OwnedFd, index: libc::c_int) -> io::Result<()> {
    let request = libc::packet_mreq {
        mr_ifindex: index,
        mr_type: libc::PACKET_MR_PROMISC as u16,
        mr_alen: 0,
        mr_address: [0; 8],
    };
    let size = size_of::<libc::packet_mreq>() as libc::socklen_t;
    let value = (&raw const request).cast();
    // SAFETY: the value has the type of the option and the given size, and outlives the call.
    check(unsafe {
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, value, size)
    })
}

/// Enlarges the receive buffer of a socket.
pub fn enlarge(socket: &File) -> io::Result<()> {
    let size = size_of::<libc::c_int>() as libc::socklen_t;
    let value = (&raw const ROOM).cast();
    // SAFETY: the value has the type of the option and the given size, and is static.
    check(unsafe {
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, value, size)
    })
}

/// The kernel's time stamp of the last frame that was read, since 1970.
pub fn stamp(socket: &File) -> io::Result<Duration> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the request writes one timespec, which outlives the call.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), SIOCGSTAMPNS, &raw mut time) })?;
    Ok(Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default()))
}

/// The number of frames that the kernel dropped for lack of buffer space.
pub fn dropped(socket: &File) -> io::Result<u64> {
    let mut counted = libc::tpacket_stats { tp_packets: 0, tp_drops: 0 };
    let mut size = size_of::<libc::tpacket_stats>() as libc::socklen_t;
    let value = (&raw mut counted).cast();
    // SAFETY: the value has the type of the option and the given size, and outlives the call.
    check(unsafe {
        libc::getsockopt(socket.as_raw_fd(), libc::SOL_PACKET, libc::PACKET_STATISTICS, value, &raw mut size)
    })?;
    Ok(u64::from(counted.tp_drops))
}

fn check(status: libc::c_int) -> io::Result<()> {
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
