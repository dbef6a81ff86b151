//! The kind `told`: a page that measures a duration itself, and reports it in a line `<word> <low> to <high>
//! ms`.

use std::io;

use mio::Registry;

use super::requests::{Asks, Requests};
use super::response::ExpectedAnswer;
use crate::model::demand::Demand;
use crate::model::drill::{Load, LoadKind, LoadTrait};
use crate::model::{LoadName, Source};
use crate::probe::clients::Clients;
use crate::probe::facts::FactRow;
use crate::probe::keys::{Key, Said, Values, text};
use crate::probe::kind::{Patience, Probe, Row, Session};
use crate::record::{Nanos, What};

/// The kind.
#[derive(Debug)]
pub struct Told;

/// The name of the kind.
pub const WORD: &str = "told";

static ROW: Row = Row {
    word: WORD,
    about: "Requests of a page that reports a duration.",
    traits: &[LoadTrait::Pages],
    keys: &[
        Key::needed("path", Values::Text, "The path of the page."),
        Key::needed(
            "word",
            Values::Text,
            "The first word of the line in which the page reports a duration: `\"replicated\"`, for `replicated 3.1 to 4.7 ms …`.",
        ),
    ],
    node: true,
    port: Some(80),
    rate: None,
    patience: Patience::Request,
    facts: &[&TIMED],
};

/// A kind that requests this page for the duration after this word.
pub fn kind(path: &str, word: &str) -> LoadKind {
    ROW.kind([("path", path.into()), ("word", word.into())])
}

/// A page reported a duration: when the request was due, and the lower and upper bound of the duration.
static TIMED: FactRow = FactRow { name: "timed", source: Source::Told, columns: &["due", "low", "high"] };

/// A reported duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timed {
    /// When the request was due.
    pub due: Nanos,
    /// The lower bound.
    pub low: Nanos,
    /// The upper bound.
    pub high: Nanos,
}

impl Timed {
    /// The event for this load.
    pub fn told(self, load: &LoadName) -> What {
        TIMED.told(load, [self.due, self.low, self.high].map(|time| Some(time.into())))
    }

    /// Reads it from an event, with its load.
    pub fn read(what: &What) -> Option<(&LoadName, Self)> {
        let (load, columns) = TIMED.read(what)?;
        let time = |name: &str| columns.get(name)?.nanos();
        Some((load, Self { due: time("due")?, low: time("low")?, high: time("high")? }))
    }
}

impl Probe for Told {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn plan(&self, said: &mut Said<'_>) -> Option<LoadKind> {
        let path = said.path("path");
        Some(kind(path?, said.text("word")?))
    }

    fn open<'l>(&self, clients: &'l Clients<'l>, registry: Registry) -> io::Result<Box<dyn Session + 'l>> {
        let kind = &clients.load.kind;
        let asks =
            Asks::Page(text(kind, "path")?.to_owned(), ExpectedAnswer::Told(text(kind, "word")?.to_owned()));
        Ok(Box::new(Requests::new(clients, registry, asks)))
    }

    fn demand<'k>(&self, kind: &'k LoadKind) -> Demand<'k> {
        Demand::Page { path: kind.text("path").unwrap_or("/"), listed: None }
    }

    fn modelled_fact(&self, load: &Load, due: Nanos, below: &mut dyn FnMut(u64) -> u64) -> Option<What> {
        let low = Nanos(2_000_000 + below(2_000_000));
        Some(Timed { due, low, high: low.plus(Nanos::millis(3)) }.told(&load.name))
    }
}
