//! The keys of the kinds of loads.

use std::ops::Range;

use toml::Spanned;

use super::tables::{LoadTable, LoadWord};

/// What a load of each kind has besides its address: what it needs, and what it may have.
pub fn keys(kind: LoadWord) -> (&'static str, &'static [&'static str], &'static [&'static str]) {
    match kind {
        LoadWord::Http => {
            ("http", &["rate", "path", "expect"], &["port", "connect-timeout", "timeout", "connection"])
        }
        LoadWord::Told => {
            ("told", &["rate", "path", "word"], &["node", "port", "connect-timeout", "timeout"])
        }
        LoadWord::Ledger => {
            ("ledger", &["rate", "append", "read"], &["node", "port", "connect-timeout", "timeout"])
        }
        LoadWord::Tcp => ("tcp", &["rate"], &["node", "port", "connect-timeout"]),
        LoadWord::Ping => ("ping", &["rate"], &["node", "timeout"]),
        LoadWord::Udp => ("udp", &["rate"], &["node", "port", "timeout"]),
        LoadWord::Sip => ("sip", &["rate"], &["node", "port", "timeout", "method", "user"]),
        LoadWord::Xmpp => (
            "xmpp",
            &["rate"],
            &[
                "node",
                "port",
                "connect-timeout",
                "timeout",
                "user",
                "peer",
                "domain",
                "password",
                "reconnect-after",
            ],
        ),
        LoadWord::Call => (
            "call",
            &[],
            &[
                "node",
                "port",
                "timeout",
                "user",
                "calls",
                "to",
                "number",
                "redial-after",
                "buffer",
                "video-kbps",
            ],
        ),
    }
}

/// The keys of a table that not every kind has, and where they are.
pub fn given(table: &LoadTable) -> [(&'static str, Option<Range<usize>>); 23] {
    fn place<T>(key: &Option<Spanned<T>>) -> Option<Range<usize>> {
        key.as_ref().map(Spanned::span)
    }
    [
        ("rate", place(&table.rate)),
        ("node", place(&table.node)),
        ("port", place(&table.port)),
        ("connect-timeout", place(&table.connect_timeout)),
        ("timeout", place(&table.timeout)),
        ("connection", place(&table.connection)),
        ("path", place(&table.path)),
        ("expect", place(&table.expect)),
        ("word", place(&table.word)),
        ("append", place(&table.append)),
        ("read", place(&table.read)),
        ("method", place(&table.method)),
        ("user", place(&table.user)),
        ("calls", place(&table.calls)),
        ("to", place(&table.to)),
        ("number", place(&table.number)),
        ("redial-after", place(&table.redial_after)),
        ("buffer", place(&table.buffer)),
        ("video-kbps", place(&table.video_kbps)),
        ("peer", place(&table.peer)),
        ("domain", place(&table.domain)),
        ("password", place(&table.password)),
        ("reconnect-after", place(&table.reconnect_after)),
    ]
}

/// Whether a load asks what the lab is there for (see [`LoadKind::is_service`]).
pub fn is_service(kind: LoadWord) -> bool {
    match kind {
        LoadWord::Http | LoadWord::Sip | LoadWord::Call | LoadWord::Xmpp => true,
        LoadWord::Told | LoadWord::Ledger | LoadWord::Tcp | LoadWord::Ping | LoadWord::Udp => false,
    }
}
