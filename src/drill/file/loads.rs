//! The loads of a drill file.

use std::ops::Range;

use toml::Spanned;

use super::check::Checker;
use super::load_table::LoadTable;
use crate::model::drill::{Load, LoadKind, LoadTrait};
use crate::model::{LoadName, Millis, NodeName};
use crate::probe::keys::Said;
use crate::probe::web::MOST_UNANSWERED;
use crate::probe::{KINDS, Patience, Probe};

/// The longest time for a connection to open.
const LONGEST_CONNECT: Millis = Millis(500);

/// The longest wait for the answer to a packet or a datagram.
const LONGEST_ECHO: Millis = Millis(2000);

impl Checker<'_> {
    /// All loads, in the order of the file. Wrong ones are reported and left out.
    pub fn loads(&mut self) -> Vec<Load> {
        let file = self.file;
        let mut tables: Vec<_> = file.load.iter().collect();
        tables.sort_by_key(|(name, _)| name.span().start);
        if !file.as_found && !tables.iter().any(|(_, table)| table.kind.0.row().has(LoadTrait::Service)) {
            let services: Vec<&str> = KINDS
                .into_iter()
                .map(Probe::row)
                .filter(|row| row.has(LoadTrait::Service))
                .map(|row| row.word)
                .collect();
            let kinds = match services.split_first() {
                Some((first, [middle @ .., last])) => {
                    let middle: String = middle.iter().map(|word| format!(", `{word}`")).collect();
                    format!("`kind = \"{first}\"`{middle} or `{last}`")
                }
                _ => format!("`kind = \"{}\"`", services.concat()),
            };
            let help = format!("add a table such as `[load.web]` with {kinds}: outages are measured on it");
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
        let row = table.kind.0.row();
        // A missing rate was reported already.
        let rate = row.rate.or(table.rate.as_ref().map(|rate| *rate.get_ref())).unwrap_or(1);
        let (connect_timeout, timeout) = match row.patience {
            Patience::Request => self.timeouts(name, table, rate),
            Patience::Connection => {
                let connect = self.connect_timeout(name, table);
                (connect, connect)
            }
            Patience::Packet(usual) => {
                let patience = self.patience(table, usual);
                (patience, patience)
            }
        };
        let kind = self.kind(name, table, timeout);
        let port = table.port.as_ref().map_or(row.port.unwrap_or(0), |port| *port.get_ref());
        let (name, address, kind) = (name.get_ref().clone(), address?, kind?);
        Some(Load { name, address, node, port, rate, connect_timeout, timeout, kind })
    }

    /// The node that is queried instead of the address; it must be in the address's network.
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

    /// Reports keys that the kind does not have, and missing ones.
    fn own_keys(&mut self, name: &Spanned<LoadName>, table: &LoadTable) {
        let row = table.kind.0.row();
        let (word, given) = (row.word, table.given());
        let rate = row.rate.is_none().then_some("rate");
        let own = |needed: bool| row.keys.iter().filter(move |key| key.needed == needed).map(|key| key.name);
        let needs: Vec<&str> = rate.into_iter().chain(own(true)).collect();
        let common = [row.node.then_some("node"), row.port.map(|_| "port")];
        let may = common.into_iter().flatten().chain(row.patience.keys().iter().copied()).chain(own(false));
        let all: Vec<&str> = needs.iter().copied().chain(may).collect();
        for (key, place) in &given {
            if !all.contains(key) {
                let list: Vec<_> = all.iter().map(|key| format!("`{key}`")).collect();
                let help = format!("it has {}", list.join(", "));
                self.error(place.clone(), format!("a load of kind `{word}` has no `{key}`"), help);
            }
        }
        for key in needs.iter().filter(|key| !given.iter().any(|(known, _)| known == *key)) {
            let message = format!("the load `{}` has no `{key}`", name.get_ref());
            self.error(name.span(), message, format!("a load of kind `{word}` needs it"));
        }
    }

    fn kind(&mut self, name: &Spanned<LoadName>, table: &LoadTable, timeout: Millis) -> Option<LoadKind> {
        let values = table.values();
        let mut said = Said::new(&values, timeout, &self.scripts.loads);
        let kind = table.kind.0.plan(&mut said);
        for problem in said.problems {
            let place = table.said.get(problem.key).map_or_else(|| name.span(), Spanned::span);
            self.error(place, problem.message, problem.help);
        }
        kind
    }

    /// Reports a load that would use an account of an earlier one.
    fn shared_accounts(&mut self, name: &Spanned<LoadName>, load: &Load, before: &[Load]) {
        let accounts = |load: &Load| crate::probe::of(&load.kind).map(|kind| kind.accounts(&load.kind));
        let own = accounts(load).unwrap_or_default();
        for other in before.iter().filter(|other| other.address == load.address) {
            let theirs = accounts(other).unwrap_or_default();
            if let Some(account) = theirs.into_iter().find(|account| own.contains(account)) {
                let message = format!("the account `{account}` is one of `{}`", other.name);
                let help = "use another account: a second login with one account disconnects the first";
                self.error(name.span(), message, help);
            }
        }
    }

    /// The time-out of a packet.
    fn patience(&mut self, table: &LoadTable, usual: Millis) -> Millis {
        let Some(timeout) = &table.timeout else { return usual };
        let patience = *timeout.get_ref();
        if patience > LONGEST_ECHO || patience == Millis(0) {
            let message = format!("the time-out of a packet cannot be {patience}");
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
            self.error(place, format!("the time-out of a connection cannot be {connect}"), help);
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

    /// Reports a load that would have too many requests in flight during an outage.
    pub fn unanswered(&mut self, place: Range<usize>, rate: u32, timeout: Millis) {
        if u64::from(rate).saturating_mul(timeout.0) / 1000 > MOST_UNANSWERED {
            let message = format!("{rate} requests a second that wait {timeout} are too many");
            let help =
                format!("at most {MOST_UNANSWERED} may be waiting at a time: lower the rate or the time-out");
            self.error(place, message, help);
        }
    }
}
