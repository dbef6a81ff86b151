//! Writes that can be told apart, and reading them back.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::base::http::{self, Bounds};

/// The most that a ledger's page may have, in bytes: some hundred thousand writes.
const MOST_READ: usize = 16 << 20;

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
/// When the page does not come whole within the limit, or before the flag is set.
pub fn read_ledger(
    ip: Ipv4Addr,
    port: u16,
    path: &str,
    numbers: Range<u64>,
    limit: Duration,
    cancel: &AtomicBool,
) -> io::Result<Vec<u64>> {
    let bounds = Bounds { connect: CONNECT_LIMIT, limit, most: MOST_READ, cancel };
    let page = http::get(SocketAddr::from((ip, port)), path, bounds)?;
    if page.status != 200 {
        return Err(io::Error::other(format!("the ledger answered with status {}", page.status)));
    }
    let lines: Vec<&str> = page.body.lines().collect();
    let Some((last, writes)) = lines.split_last() else {
        return Err(io::Error::other("the ledger's page is empty"));
    };
    if *last != format!("end {}", writes.len()) {
        return Err(io::Error::other(format!("the ledger's page is not whole: its last line is `{last}`")));
    }
    Ok(writes.iter().filter_map(|name| name.parse().ok()).filter(|id| numbers.contains(id)).collect())
}
