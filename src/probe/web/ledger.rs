//! The kind `ledger`: writes of unique numbers, each answered `ok <number>` once it is committed, and at the
//! end one page that lists all numbers present.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use mio::Registry;

use super::requests::{Asks, Requests};
use crate::base::http::{self, Bounds};
use crate::base::nonces::Nonces;
use crate::model::demand::Demand;
use crate::model::drill::{LoadKind, LoadTrait};
use crate::probe::clients::Clients;
use crate::probe::keys::{Key, Said, Values, text};
use crate::probe::kind::{Patience, Probe, Row, Session};

/// The kind.
#[derive(Debug)]
pub struct Ledger;

/// The name of the kind.
pub const WORD: &str = "ledger";

static ROW: Row = Row {
    word: WORD,
    about: "Writes that are read back at the end.",
    traits: &[LoadTrait::Pages, LoadTrait::Writes],
    keys: &[
        Key::needed("append", Values::Text, "The path that a number is appended to: `\"/append.php?id=\"`."),
        Key::needed("read", Values::Text, "The path of the page that lists all writes: `\"/ledger.php\"`."),
        Key::optional(
            "ids",
            Values::Choice(&[
                ("numbers", "Each write is a number; the next one can be guessed."),
                (
                    "nonces",
                    "Each number is followed by `-` and 32 hexadecimal digits that nothing knows before.",
                ),
            ]),
            "What is appended: `numbers` when not given.",
        ),
    ],
    node: true,
    port: Some(80),
    rate: None,
    patience: Patience::Request,
    facts: &[],
};

/// A kind that appends numbers by one path, with the number at its end, and reads them by another.
pub fn kind(append: &str, read: &str) -> LoadKind {
    ROW.kind([("append", append.into()), ("read", read.into())])
}

/// Whether each write carries a nonce.
pub fn has_nonces(kind: &LoadKind) -> bool {
    kind.text("ids") == Some("nonces")
}

/// The path of the page that lists the writes of a load of the kind.
///
/// # Errors
/// The kind lacks it.
pub fn page(kind: &LoadKind) -> io::Result<&str> {
    text(kind, "read")
}

impl Probe for Ledger {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn plan(&self, said: &mut Said<'_>) -> Option<LoadKind> {
        let (append, read) = (said.path("append"), said.path("read"));
        let plain = kind(append?, read?);
        let Some(ids) = said.text("ids") else { return Some(plain) };
        let values = [("append", append?), ("read", read?), ("ids", ids)];
        Some(ROW.kind(values.map(|(key, text)| (key, text.into()))))
    }

    fn open<'l>(&self, clients: &'l Clients<'l>, registry: Registry) -> io::Result<Box<dyn Session + 'l>> {
        let append = text(&clients.load.kind, "append")?.to_owned();
        Ok(Box::new(Requests::new(clients, registry, Asks::Write(append))))
    }

    fn demand<'k>(&self, kind: &'k LoadKind) -> Demand<'k> {
        Demand::Page { path: kind.text("append").unwrap_or("/"), listed: kind.text("read") }
    }
}

/// The largest size of a ledger's page, in bytes: some hundred thousand writes.
const MOST_READ: u64 = 16 << 20;

/// The longest part of a line in a message, in characters.
const LONGEST_WORD: usize = 100;

/// How long the connection may take to open: a service that is not there at the end will not return.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// The answer to a committed write.
pub fn written(id: &str) -> String {
    format!("ok {id}")
}

/// Requests the page that lists all writes, and returns those whose numbers are in the range, in the page's
/// order. Its lines are names of writes, ours being numbers, and then `end <count>`. Call it in the network
/// namespace of the clients.
///
/// # Errors
/// The page is not complete within the limit, or before the flag is set.
pub fn read_ledger(
    ip: Ipv4Addr,
    port: u16,
    path: &str,
    (numbers, nonces): (&Range<u64>, Option<&Nonces>),
    limit: Duration,
    cancel: &AtomicBool,
) -> io::Result<Vec<u64>> {
    let bounds = Bounds { connect: CONNECT_LIMIT, limit, most: MOST_READ, cancel };
    let page = http::get(SocketAddr::from((ip, port)), path, bounds)?;
    if page.status != 200 {
        return Err(io::Error::other(format!("the ledger answered with status {}", page.status)));
    }
    ids(&page.body, numbers, nonces)
}

/// The writes on a whole page whose numbers are in the range.
///
/// # Errors
/// The page is not complete.
pub(crate) fn ids(page: &str, numbers: &Range<u64>, nonces: Option<&Nonces>) -> io::Result<Vec<u64>> {
    let mut writes = page.lines();
    let last = writes.next_back().ok_or_else(|| io::Error::other("the ledger's page is empty"))?;
    if last != format!("end {}", writes.clone().count()) {
        let last: String = last.chars().take(LONGEST_WORD).collect();
        return Err(io::Error::other(format!("the ledger's page is not whole: its last line is `{last}`")));
    }
    let number = |name: &str| nonces.map_or_else(|| name.parse().ok(), |nonces| nonces.number(name));
    Ok(writes.filter_map(number).filter(|id| numbers.contains(id)).collect())
}
