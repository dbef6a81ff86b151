//! The kind `http`: a page that must be answered with status 200 and a text in its body.

use std::io;

use mio::Registry;

use super::requests::{Asks, Requests};
use super::response::ExpectedAnswer;
use crate::model::choice::choice;
use crate::model::demand::Demand;
use crate::model::drill::{LoadKind, LoadTrait};
use crate::probe::clients::Clients;
use crate::probe::keys::{Key, Said, Values, text, value};
use crate::probe::kind::{Patience, Probe, Row, Session};

/// The kind.
#[derive(Debug)]
pub struct Http;

/// The name of the kind.
pub const WORD: &str = "http";

static ROW: Row = Row {
    word: WORD,
    about: "Requests of a page.",
    traits: &[LoadTrait::Service, LoadTrait::Pages],
    keys: &[
        Key::needed("path", Values::Text, "The path of the page."),
        Key::needed("expect", Values::Text, "The text that the page must contain."),
        Key::optional(
            "connection",
            Values::Choice(&[
                ("new", "Each request opens one, like a first-time visitor."),
                ("kept", "A request reuses an idle connection if there is one, as browsers and proxies do."),
            ]),
            "Whether each request has a connection of its own: `\"new\"` when not given, or `\"kept\"`.",
        ),
    ],
    node: false,
    port: Some(80),
    rate: None,
    patience: Patience::Request,
    facts: &[],
};

/// The request of a load of the kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The path, starting with `/`.
    pub path: String,
    /// The text that the body must contain.
    pub expect: String,
    /// Whether each request has a connection of its own.
    pub connection: Connection,
}

/// How the connections of requests are used.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Connection {
    /// Each request opens one, like a first-time visitor.
    #[default]
    New,
    /// A request reuses an idle connection if there is one, as browsers and proxies do. A request in flight
    /// on it when the server dies has to wait for its time-out.
    Kept,
}

choice!(Connection { New = "new", Kept = "kept" });

impl Page {
    /// The kind of a load that sends this request.
    pub fn kind(&self) -> LoadKind {
        let kept = (self.connection == Connection::Kept).then_some(LoadTrait::KeepsConnections);
        let traits = ROW.traits.iter().copied().chain(kept);
        let connection = crate::model::Choice::name(self.connection);
        let values = [("path", &*self.path), ("expect", &*self.expect), ("connection", connection)];
        LoadKind::new(WORD, traits, values.map(|(key, text)| (key, text.into())))
    }

    /// The request of a load of this kind.
    ///
    /// # Errors
    /// The kind lacks a value.
    pub fn of(kind: &LoadKind) -> io::Result<Self> {
        let (path, expect) = (text(kind, "path")?.to_owned(), text(kind, "expect")?.to_owned());
        Ok(Self { path, expect, connection: value(kind, "connection", |text| text.parse().ok())? })
    }
}

impl Probe for Http {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn plan(&self, said: &mut Said<'_>) -> Option<LoadKind> {
        let path = said.path("path");
        let expect = said.text("expect")?.to_owned();
        let connection = said.text("connection").and_then(|word| word.parse().ok()).unwrap_or_default();
        Some(Page { path: path?.to_owned(), expect, connection }.kind())
    }

    fn open<'l>(&self, clients: &'l Clients<'l>, registry: Registry) -> io::Result<Box<dyn Session + 'l>> {
        let page = Page::of(&clients.load.kind)?;
        let asks = Asks::Page(page.path, ExpectedAnswer::Contains(page.expect));
        Ok(Box::new(Requests::new(clients, registry, asks)))
    }

    fn demand<'k>(&self, kind: &'k LoadKind) -> Demand<'k> {
        Demand::Page { path: kind.text("path").unwrap_or("/"), listed: None }
    }
}
