//! The loads of a drill file.

use std::ops::Range;

use toml::Spanned;

use super::check::Checker;
use super::load_keys::{given, is_service, keys};
use super::tables::{LoadTable, LoadWord};
use crate::model::drill::{Load, LoadKind};
use crate::model::{LoadName, Millis, NodeName};
use crate::probe::MOST_UNANSWERED;

/// Packets of voice a second, each of 20 ms.
const VOICE: u32 = 50;

/// The longest that a connection may take to open.
const LONGEST_CONNECT: Millis = Millis(500);

/// The longest that an answer to a packet or a datagram is waited for.
const LONGEST_ECHO: Millis = Millis(2000);

impl Checker<'_> {
    /// All loads, in the order of the file. Those that are wrong are left out and reported.
    pub fn loads(&mut self) -> Vec<Load> {
        let file = self.file;
        let mut tables: Vec<_> = file.load.iter().collect();
        tables.sort_by_key(|(name, _)| name.span().start);
        if !tables.iter().any(|(_, table)| is_service(table.kind)) {
            let help = "add a table such as `[load.web]` with `kind = \"http\"`, `sip`, `call` or `xmpp`: outages are measured on it";
            self.error(file.name.span(), "the drill has no load that asks a service", help);
        }
        let mut loads: Vec<Load> = Vec::new();
        for (name, table) in tables {
            if let Some(load) = self.load(name, table) {
                self.shared_accounts(name, &load, &loads);
                loads.push(load);
            }
        }
        loads
    }

    fn load(&mut self, name: &Spanned<LoadName>, table: &LoadTable) -> Option<Load> {
        let address = self.address(&table.address);
        let node = self.node_of(table);
        self.own_keys(name, table);
        let rate = rate(table);
        let (connect_timeout, timeout) = match table.kind {
            LoadWord::Http | LoadWord::Told | LoadWord::Ledger | LoadWord::Xmpp => {
                self.timeouts(name, table, rate)
            }
            LoadWord::Tcp => {
                let connect = self.connect_timeout(name, table);
                (connect, connect)
            }
            LoadWord::Ping | LoadWord::Udp => {
                let patience = self.patience(table, Millis(200));
                (patience, patience)
            }
            LoadWord::Call | LoadWord::Sip => {
                let patience = self.patience(table, Millis(500));
                (patience, patience)
            }
        };
        let usual = match table.kind {
            LoadWord::Http | LoadWord::Told | LoadWord::Ledger | LoadWord::Tcp => 80,
            LoadWord::Udp => 7,
            LoadWord::Sip | LoadWord::Call => 5060,
            LoadWord::Xmpp => 5222,
            LoadWord::Ping => 0,
        };
        let kind = self.kind(table, timeout);
        let port = table.port.as_ref().map_or(usual, |port| *port.get_ref());
        let (name, address, kind) = (name.get_ref().clone(), address?, kind?);
        Some(Load { name, address, node, port, rate, connect_timeout, timeout, kind })
    }

    /// The node that is asked instead of the address; it must be in the address's network.
    fn node_of(&mut self, table: &LoadTable) -> Option<NodeName> {
        let node = table.node.as_ref()?;
        let lab = self.lab;
        if !self.refer("node", node, lab.nodes.iter().map(|node| node.name.as_str())) {
            return None;
        }
        let address = lab.address(table.address.get_ref())?;
        let found = lab.nodes.iter().find(|known| known.name == *node.get_ref())?;
        if found.nic(&address.network).is_none() {
            let message = format!("{} is not in the network `{}`", found.name, address.network);
            self.error(node.span(), message, format!("that is where `{}` is", address.name));
        }
        Some(found.name.clone())
    }

    /// Reports keys that the kind does not have, and those that it lacks.
    fn own_keys(&mut self, name: &Spanned<LoadName>, table: &LoadTable) {
        let (word, needs, may) = keys(table.kind);
        for (key, place) in given(table) {
            match place {
                Some(place) if !needs.contains(&key) && !may.contains(&key) => {
                    let list: Vec<_> = needs.iter().chain(may).map(|key| format!("`{key}`")).collect();
                    let help = format!("it has {}", list.join(", "));
                    self.error(place, format!("a load of kind `{word}` has no `{key}`"), help);
                }
                None if needs.contains(&key) => {
                    let message = format!("the load `{}` has no `{key}`", name.get_ref());
                    self.error(name.span(), message, format!("a load of kind `{word}` needs it"));
                }
                _ => {}
            }
        }
    }

    fn kind(&mut self, table: &LoadTable, timeout: Millis) -> Option<LoadKind> {
        for path in [&table.path, &table.append, &table.read].into_iter().flatten() {
            if !is_path(path.get_ref()) {
                let message = format!("`{}` is not a path", path.get_ref());
                self.error(path.span(), message, "write one that begins with `/` and has no spaces");
            }
        }
        let text = |key: &Option<Spanned<String>>| key.as_ref().map(|key| key.get_ref().clone());
        Some(match table.kind {
            LoadWord::Http => LoadKind::Http {
                path: text(&table.path)?,
                expect: text(&table.expect)?,
                connection: table.connection.as_ref().map(|key| *key.get_ref()).unwrap_or_default(),
            },
            LoadWord::Told => LoadKind::Told { path: text(&table.path)?, word: text(&table.word)? },
            LoadWord::Ledger => LoadKind::Ledger { append: text(&table.append)?, read: text(&table.read)? },
            LoadWord::Tcp => LoadKind::Tcp,
            LoadWord::Ping => LoadKind::Ping,
            LoadWord::Udp => LoadKind::Udp,
            LoadWord::Sip => LoadKind::Sip {
                method: table.method.as_ref().map(|key| *key.get_ref()).unwrap_or_default(),
                user: self.account(&table.user, "100")?,
            },
            LoadWord::Call => LoadKind::Call(self.calls(table, timeout)?),
            LoadWord::Xmpp => LoadKind::Xmpp(self.chat(table)?),
        })
    }

    /// How long a packet is waited for.
    fn patience(&mut self, table: &LoadTable, usual: Millis) -> Millis {
        let Some(timeout) = &table.timeout else { return usual };
        let patience = *timeout.get_ref();
        if patience > LONGEST_ECHO || patience == Millis(0) {
            let message = format!("a packet cannot be waited for {patience}");
            self.error(timeout.span(), message, format!("write at most `\"{LONGEST_ECHO}\"`"));
        }
        patience
    }

    fn connect_timeout(&mut self, name: &Spanned<LoadName>, table: &LoadTable) -> Millis {
        let connect = table.connect_timeout.as_ref().map_or(Millis(400), |key| *key.get_ref());
        if connect > LONGEST_CONNECT || connect == Millis(0) {
            let place = table.connect_timeout.as_ref().map_or(name.span(), Spanned::span);
            let help = "write at most `\"500ms\"`: the kernel repeats a lost SYN after a second, and a probe that \
                        waited for it would measure whole seconds";
            self.error(place, format!("a connection cannot be given {connect} to open"), help);
        }
        connect
    }

    fn timeouts(&mut self, name: &Spanned<LoadName>, table: &LoadTable, rate: u32) -> (Millis, Millis) {
        let connect = self.connect_timeout(name, table);
        let timeout = table.timeout.as_ref().map_or(Millis::seconds(2), |key| *key.get_ref());
        let place = table.timeout.as_ref().map_or(name.span(), Spanned::span);
        if timeout < connect {
            let message =
                format!("a request cannot be given less time ({timeout}) than its connection ({connect})");
            self.error(place.clone(), message, "write a longer `timeout`");
        }
        self.unanswered(place, rate, timeout);
        (connect, timeout)
    }

    /// Reports when more requests would be under way than may be, when nothing answers.
    pub fn unanswered(&mut self, place: Range<usize>, rate: u32, timeout: Millis) {
        if u64::from(rate).saturating_mul(timeout.0) / 1000 > MOST_UNANSWERED {
            let message = format!("{rate} requests a second that wait {timeout} are too many");
            let help =
                format!("at most {MOST_UNANSWERED} may be waiting at a time: lower the rate or the time-out");
            self.error(place, message, help);
        }
    }
}

/// Requests or packets a second. That there must be some was said.
fn rate(table: &LoadTable) -> u32 {
    match (table.kind, &table.rate) {
        (LoadWord::Call, _) => VOICE,
        (_, Some(rate)) => *rate.get_ref(),
        (_, None) => 1,
    }
}

/// Whether a request can ask for it.
pub fn is_path(text: &str) -> bool {
    text.starts_with('/') && text.chars().all(|c| c.is_ascii_graphic())
}
