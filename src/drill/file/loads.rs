//! The loads of a drill file.

use toml::Spanned;

use super::check::Checker;
use super::tables::{LoadTable, LoadWord};
use crate::model::drill::{Load, LoadKind};
use crate::model::{LoadName, Millis};

/// Requests per second.
const RATES: std::ops::RangeInclusive<u32> = 1..=1000;

/// The longest that a connection may take to open.
const LONGEST_CONNECT: Millis = Millis(500);

/// As many requests of a load may be under way when nothing answers, so that none has to be dropped.
const MOST_UNANSWERED: u64 = 300;

impl Checker<'_> {
    /// All loads, in the order of the file. Those that are wrong are left out and reported.
    pub fn loads(&mut self) -> Vec<Load> {
        let file = self.file;
        let mut tables: Vec<_> = file.load.iter().collect();
        tables.sort_by_key(|(name, _)| name.span().start);
        if !tables.iter().any(|(_, table)| table.kind == LoadWord::Http) {
            let help = "add a table such as `[load.web]` with `kind = \"http\"`: outages are measured on it";
            self.error(file.name.span(), "the drill has no load of kind `http`", help);
        }
        tables.into_iter().filter_map(|(name, table)| self.load(name, table)).collect()
    }

    fn load(&mut self, name: &Spanned<LoadName>, table: &LoadTable) -> Option<Load> {
        let address = self.address(&table.address);
        let kind = self.kind(name, table);
        let rate = *table.rate.get_ref();
        if !RATES.contains(&rate) {
            self.error(
                table.rate.span(),
                format!("{rate} requests per second are not possible"),
                "write 1 to 1000",
            );
        }
        let port = table.port.as_ref().map_or(80, |port| *port.get_ref());
        if let Some(zero) = table.port.as_ref().filter(|port| *port.get_ref() == 0) {
            self.error(zero.span(), "0 is no TCP port", "write 1 to 65535");
        }
        let (connect_timeout, timeout) = self.timeouts(name, table);
        Some(Load {
            name: name.get_ref().clone(),
            address: address?,
            port,
            rate,
            connect_timeout,
            timeout,
            kind: kind?,
        })
    }

    fn timeouts(&mut self, name: &Spanned<LoadName>, table: &LoadTable) -> (Millis, Millis) {
        let value =
            |key: &Option<Spanned<Millis>>, default| key.as_ref().map_or(default, |key| *key.get_ref());
        let place = |key: &Option<Spanned<Millis>>| key.as_ref().map_or(name.span(), Spanned::span);
        let connect = value(&table.connect_timeout, Millis(400));
        let timeout = value(&table.timeout, Millis::seconds(2));
        if connect > LONGEST_CONNECT || connect == Millis(0) {
            let help = "write at most `\"500ms\"`: the kernel repeats a lost SYN after a second, and a probe that \
                        waited for it would measure whole seconds";
            self.error(
                place(&table.connect_timeout),
                format!("a connection cannot be given {connect} to open"),
                help,
            );
        }
        if timeout < connect {
            let message =
                format!("a request cannot be given less time ({timeout}) than its connection ({connect})");
            self.error(place(&table.timeout), message, "write a longer `timeout`");
        }
        if u64::from(*table.rate.get_ref()) * timeout.0 / 1000 > MOST_UNANSWERED {
            let message =
                format!("{} requests a second that wait {timeout} are too many", table.rate.get_ref());
            let help =
                format!("at most {MOST_UNANSWERED} may be waiting at a time: lower `rate` or `timeout`");
            self.error(place(&table.timeout), message, help);
        }
        (connect, timeout)
    }

    fn kind(&mut self, name: &Spanned<LoadName>, table: &LoadTable) -> Option<LoadKind> {
        let http = [("path", &table.path), ("expect", &table.expect)];
        let ledger = [("append", &table.append), ("read", &table.read)];
        let (word, own, other) = match table.kind {
            LoadWord::Http => ("http", http, ledger),
            LoadWord::Ledger => ("ledger", ledger, http),
        };
        for (key, value) in other {
            if let Some(value) = value {
                let help = format!("it has `{}` and `{}`", own[0].0, own[1].0);
                self.error(value.span(), format!("a load of kind `{word}` has no `{key}`"), help);
            }
        }
        let [first, second] = own.map(|(key, value)| {
            if value.is_none() {
                let message = format!("the load `{}` has no `{key}`", name.get_ref());
                self.error(name.span(), message, format!("a load of kind `{word}` needs it"));
            }
            if let Some(path) = value.as_ref().filter(|text| key != "expect" && !is_path(text.get_ref())) {
                let message = format!("`{}` is not a path", path.get_ref());
                self.error(path.span(), message, "write one that begins with `/` and has no spaces");
            }
            value.as_ref().map(|value| value.get_ref().clone())
        });
        let (first, second) = (first?, second?);
        Some(match table.kind {
            LoadWord::Http => LoadKind::Http { path: first, expect: second },
            LoadWord::Ledger => LoadKind::Ledger { append: first, read: second },
        })
    }
}

fn is_path(text: &str) -> bool {
    text.starts_with('/') && text.chars().all(|c| c.is_ascii_graphic())
}
