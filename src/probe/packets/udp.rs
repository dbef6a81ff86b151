//! The kind `udp`: numbered packets to a responder that sends each of them back (RFC 862, the stack `echo`).

use std::io;

use mio::Registry;

use super::modelled::Stream;
use super::packets::Packets;
use super::wire::Protocol;
use crate::model::Millis;
use crate::model::demand::{Demand, Effort};
use crate::model::drill::{Load, LoadKind, LoadTrait};
use crate::probe::clients::Clients;
use crate::probe::keys::Said;
use crate::probe::kind::{Patience, Probe, Row, Session};
use crate::probe::modelled::Modelled;
use crate::record::Nanos;

/// The kind.
#[derive(Debug)]
pub struct Udp;

/// The name of the kind.
pub const WORD: &str = "udp";

static ROW: Row = Row {
    word: WORD,
    about: "Numbered packets that the stack `echo` sends back.",
    traits: &[LoadTrait::Packets],
    keys: &[],
    node: true,
    port: Some(7),
    rate: None,
    patience: Patience::Packet(Millis(200)),
    facts: &[],
};

/// The kind of a load that sends such packets.
pub fn kind() -> LoadKind {
    ROW.kind([])
}

impl Probe for Udp {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn plan(&self, _said: &mut Said<'_>) -> Option<LoadKind> {
        Some(kind())
    }

    fn open<'l>(&self, clients: &'l Clients<'l>, registry: Registry) -> io::Result<Box<dyn Session + 'l>> {
        Ok(Box::new(Packets::new(clients, &registry, Protocol::Udp)?))
    }

    fn demand<'k>(&self, _kind: &'k LoadKind) -> Demand<'k> {
        Demand::Service { name: "echo", effort: Effort::Packet }
    }

    fn modelled(&self, load: &Load, first_due: Nanos) -> io::Result<Option<Box<dyn Modelled>>> {
        Ok(Some(Box::new(Stream::begin(load, first_due))))
    }
}
