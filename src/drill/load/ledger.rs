//! Writes that can be told apart, and reading them back.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::ops::Range;
use std::time::{Duration, Instant};

use super::response::head;

/// The most that a ledger's page may have, in bytes: some hundred thousand writes.
const MOST_READ: u64 = 16 << 20;

/// How long the connection may take to open: when the service is not there at the end it will not come.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// What a committed write is answered with.
pub fn written(id: u64) -> String {
    format!("ok {id}")
}

/// Asks for the page that lists all writes, and gives those whose numbers are in the range, in the page's order.
/// Its lines are names of writes, ours being numbers, and then `end <how many>`. Call it in the network namespace of
/// the clients.
///
/// # Errors
/// When the page does not come whole within the limit.
pub fn read_ledger(
    ip: Ipv4Addr,
    port: u16,
    path: &str,
    numbers: Range<u64>,
    limit: Duration,
) -> io::Result<Vec<u64>> {
    let body = fetch(SocketAddr::from((ip, port)), path, limit)?;
    let lines: Vec<&str> = body.lines().collect();
    let Some((last, writes)) = lines.split_last() else {
        return Err(io::Error::other("the ledger's page is empty"));
    };
    if *last != format!("end {}", writes.len()) {
        return Err(io::Error::other(format!("the ledger's page is not whole: its last line is `{last}`")));
    }
    Ok(writes.iter().filter_map(|name| name.parse().ok()).filter(|id| numbers.contains(id)).collect())
}

fn fetch(server: SocketAddr, path: &str, limit: Duration) -> io::Result<String> {
    let begun = Instant::now();
    let left =
        || limit.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()).ok_or(io::ErrorKind::TimedOut);
    let mut stream = TcpStream::connect_timeout(&server, left()?.min(CONNECT_LIMIT))?;
    stream.set_write_timeout(Some(left()?))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {}\r\nConnection: close\r\n\r\n", server.ip())?;
    let mut input = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        stream.set_read_timeout(Some(left()?))?;
        let count = match stream.read(&mut buffer) {
            // How the system says that the time-out of a socket ran out.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(io::ErrorKind::TimedOut.into());
            }
            count => count?,
        };
        if count == 0 {
            break;
        }
        input.extend_from_slice(&buffer[..count]);
        if input.len() as u64 > MOST_READ {
            return Err(io::Error::other("the ledger is too long"));
        }
    }
    let head = head(&input)
        .map_err(|_| io::Error::other("the ledger's answer is no HTTP"))?
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    if head.status != 200 {
        return Err(io::Error::other(format!("the ledger answered with status {}", head.status)));
    }
    let body = &input[head.body..];
    if head.length.is_some_and(|length| body.len() < length) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(body).into_owned())
}
