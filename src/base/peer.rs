//! The user at the other end of a TCP connection on this machine, from the kernel's table of sockets.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};

/// The tables: a client may use a socket for IPv6 to reach an address of IPv4.
const TABLES: [&str; 2] = ["/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"];

/// How often the tables are read before a connection counts as unknown: a line can be missed while other
/// sockets come and go.
const READS: usize = 3;

/// The user who opened the other end of a connection from this machine to itself; none if the connection is
/// not from here, or its other end is closed already. The calling thread must be in the network namespace of
/// that end.
///
/// # Errors
/// When the addresses or the tables cannot be read.
pub fn uid(stream: &TcpStream) -> io::Result<Option<u32>> {
    let (SocketAddr::V4(theirs), SocketAddr::V4(ours)) = (stream.peer_addr()?, stream.local_addr()?) else {
        return Ok(None);
    };
    for _ in 0..READS {
        for table in TABLES {
            let text = fs_err::read_to_string(table)?;
            let ends = (theirs.into(), ours.into());
            if let Some(uid) = text.lines().skip(1).find_map(|line| of_line(line, ends)) {
                return Ok(Some(uid));
            }
        }
    }
    Ok(None)
}

/// The user of a line, if it is that of a socket with these ends.
fn of_line(line: &str, (local, remote): (SocketAddr, SocketAddr)) -> Option<u32> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, here, there, _, _, _, _, uid, _, inode, ..] = *words else { return None };
    // A socket that its process has closed has no owner any more, and is shown as root's.
    (address(here)? == local && address(there)? == remote && inode != "0").then(|| uid.parse().ok()).flatten()
}

/// An address of the tables: `0100007F:1F90`, each group of eight digits in the byte order of the machine. Of
/// IPv6, those that stand for IPv4.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let last = match ip.len() {
        8 => ip,
        32 => ip.strip_prefix("0000000000000000").and_then(|ip| {
            let (mark, last) = ip.split_at_checked(8)?;
            (u32::from_str_radix(mark, 16).ok()? == u32::from_ne_bytes([0, 0, 0xff, 0xff])).then_some(last)
        })?,
        _ => return None,
    };
    let ip = Ipv4Addr::from(u32::from_str_radix(last, 16).ok()?.to_ne_bytes());
    Some(SocketAddr::new(IpAddr::V4(ip), u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_user_of_a_client_is_known_while_it_holds_its_socket() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let own = rustix::process::geteuid().as_raw();
        for client in ["127.0.0.1", "::ffff:127.0.0.1"] {
            let client = TcpStream::connect((client, port)).unwrap();
            let (accepted, _) = listener.accept().unwrap();
            assert_eq!(uid(&accepted).unwrap(), Some(own));
            drop(client);
            assert_eq!(uid(&accepted).unwrap(), None, "a closed socket is shown as root's");
        }
    }

    #[test]
    fn lines_are_read_with_their_ends() {
        let line = "   0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 \
                    53261 1 0000000000000000 20 0 0 10 -1";
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        assert_eq!(of_line(line, (at(8080), at(50000))), Some(1000));
        assert_eq!(of_line(line, (at(50000), at(8080))), None);
        assert_eq!(of_line(&line.replace("53261", "0"), (at(8080), at(50000))), None);
        for strange in ["", "0: x", "0: 0100007F:1F90 :", "sl local_address rem_address st"] {
            assert_eq!(of_line(strange, (at(8080), at(50000))), None);
        }
    }
}
