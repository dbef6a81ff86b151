//! The ramps of a drill file: requests at a rising rate.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use crate::model::drill::Load;
use crate::model::{AddressName, LoadName, Millis, Ramp};
use crate::probe::keys::is_path;
use crate::probe::web::http::{Connection, Page};

/// How long a step may be.
const STEP: RangeInclusive<Millis> = Millis(1000)..=Millis::seconds(600);

/// The largest number of steps.
const MOST_STEPS: usize = 100;

/// The connect time-out, as for a load.
const CONNECT: Millis = Millis(400);

/// Requests of a page at a rate that rises until the lab cannot keep up (after the baseline, before the
/// steps): until fewer than 99 % of them are answered correctly and in time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a ramp")]
pub struct RampTable {
    /// The virtual address that is queried.
    #[schemars(with = "AddressName")]
    pub address: Spanned<AddressName>,
    /// The port: 80 when not given.
    #[schemars(with = "Option<u16>", range(min = 1))]
    pub port: Option<Spanned<u16>>,
    /// The path of the page.
    #[schemars(with = "String")]
    pub path: Spanned<String>,
    /// The text that the page must contain.
    pub expect: String,
    /// Whether each request has a connection of its own: `"new"` when not given, or `"kept"`.
    #[serde(default)]
    pub connection: Connection,
    /// Requests a second in the first step: 10 when not given.
    #[schemars(with = "Option<u32>", range(min = 1, max = 1000))]
    pub from: Option<Spanned<u32>>,
    /// The increase from step to step, in requests a second: 10 when not given.
    #[schemars(with = "Option<u32>", range(min = 1, max = 1000))]
    pub by: Option<Spanned<u32>>,
    /// Requests a second in the last step, if the lab keeps up until then.
    #[schemars(with = "u32", range(min = 1, max = 1000))]
    pub to: Spanned<u32>,
    /// The length of each step: `"10s"` when not given, `"1s"` to `"10m"`.
    #[schemars(with = "Option<Millis>")]
    pub every: Option<Spanned<Millis>>,
    /// The time-out of a request, from its sending: `"1s"` when not given. Its connection must open within
    /// 400 ms of it.
    #[schemars(with = "Option<Millis>")]
    pub timeout: Option<Spanned<Millis>>,
}

impl Checker<'_> {
    /// All ramps, in the order of the file.
    pub fn ramps(&mut self) -> Vec<Ramp> {
        let file = self.file;
        let mut tables: Vec<_> = file.ramp.iter().collect();
        tables.sort_by_key(|(name, _)| name.span().start);
        tables.into_iter().filter_map(|(name, table)| self.ramp(name, table)).collect()
    }

    fn ramp(&mut self, name: &Spanned<LoadName>, table: &RampTable) -> Option<Ramp> {
        if self.file.load.keys().any(|load| load.get_ref() == name.get_ref()) {
            let message = format!("there is a load `{}` already", name.get_ref());
            self.error(name.span(), message, "give the ramp a name of its own");
        }
        let address = self.address(&table.address);
        if !is_path(table.path.get_ref()) {
            let message = format!("`{}` is not a path", table.path.get_ref());
            self.error(table.path.span(), message, "write one that begins with `/` and has no spaces");
        }
        let timeout = self.in_time(table);
        let every = self.every(table);
        let (from, by, to) = self.rates(table);
        Some(Ramp {
            load: Load {
                name: name.get_ref().clone(),
                address: address?,
                node: None,
                port: table.port.as_ref().map_or(80, |port| *port.get_ref()),
                rate: from,
                connect_timeout: CONNECT.min(timeout),
                timeout,
                kind: Page {
                    path: table.path.get_ref().clone(),
                    expect: table.expect.clone(),
                    connection: table.connection,
                }
                .kind(),
            },
            by,
            to,
            every,
        })
    }

    fn in_time(&mut self, table: &RampTable) -> Millis {
        let timeout = table.timeout.as_ref().map_or(Millis::seconds(1), |key| *key.get_ref());
        let place = table.timeout.as_ref().map_or(table.to.span(), Spanned::span);
        if timeout == Millis(0) {
            self.error(place.clone(), "no request is answered immediately", "write `\"10ms\"` or more");
        }
        self.unanswered(place, *table.to.get_ref(), timeout);
        timeout
    }

    fn every(&mut self, table: &RampTable) -> Millis {
        let Some(key) = &table.every else { return Millis::seconds(10) };
        let every = *key.get_ref();
        if !STEP.contains(&every) {
            self.error(key.span(), format!("a step cannot be {every} long"), "write `\"1s\"` to `\"10m\"`");
        }
        every
    }

    fn rates(&mut self, table: &RampTable) -> (u32, u32, u32) {
        let keys = [(&table.from, 10), (&table.by, 10)];
        let [from, by] = keys.map(|(key, usual)| key.as_ref().map_or(usual, |key| *key.get_ref()));
        let to = *table.to.get_ref();
        let steps = (to.saturating_sub(from) / by) as usize + 1;
        if to < from {
            let message = format!("the rate cannot rise from {from} to {to}");
            self.error(table.to.span(), message, format!("write {from} or more"));
        } else if steps > MOST_STEPS {
            let place = table.by.as_ref().unwrap_or(&table.to).span();
            let message = format!("these are {steps} steps, and {MOST_STEPS} are the most");
            self.error(place, message, "write a larger `by`");
        }
        (from, by, to)
    }
}
