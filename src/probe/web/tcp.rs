//! The kind `tcp`: a connection that is opened and closed at once. It shows that a server listens at the
//! port, regardless of the application.

use std::io;

use mio::Registry;

use super::requests::{Asks, Requests};
use crate::model::demand::{Demand, Effort};
use crate::model::drill::LoadKind;
use crate::probe::clients::Clients;
use crate::probe::keys::Said;
use crate::probe::kind::{Patience, Probe, Row, Session};

/// The kind.
#[derive(Debug)]
pub struct Tcp;

/// The name of the kind.
pub const WORD: &str = "tcp";

static ROW: Row = Row {
    word: WORD,
    about: "Connections that are opened and closed.",
    traits: &[],
    keys: &[],
    node: true,
    port: Some(80),
    rate: None,
    patience: Patience::Connection,
    facts: &[],
};

/// The kind of a load that opens connections.
pub fn kind() -> LoadKind {
    ROW.kind([])
}

impl Probe for Tcp {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn plan(&self, _said: &mut Said<'_>) -> Option<LoadKind> {
        Some(kind())
    }

    fn open<'l>(&self, clients: &'l Clients<'l>, registry: Registry) -> io::Result<Box<dyn Session + 'l>> {
        Ok(Box::new(Requests::new(clients, registry, Asks::Connection)))
    }

    fn demand<'k>(&self, _kind: &'k LoadKind) -> Demand<'k> {
        Demand::Service { name: "web", effort: Effort::Connection }
    }
}
