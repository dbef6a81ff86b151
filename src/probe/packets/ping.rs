//! The kind `ping`: ICMP echo requests. They show that the address is up, regardless of the services on it.

use std::io;

use mio::Registry;

use super::modelled::Stream;
use super::packets::Packets;
use super::wire::Protocol;
use crate::model::Millis;
use crate::model::demand::Demand;
use crate::model::drill::{Load, LoadKind, LoadTrait};
use crate::probe::clients::Clients;
use crate::probe::keys::Said;
use crate::probe::kind::{Patience, Probe, Row, Session};
use crate::probe::modelled::Modelled;
use crate::record::Nanos;

/// The kind.
#[derive(Debug)]
pub struct Ping;

/// The name of the kind.
pub const WORD: &str = "ping";

static ROW: Row = Row {
    word: WORD,
    about: "Echo requests (ICMP).",
    traits: &[LoadTrait::Packets],
    keys: &[],
    node: true,
    port: None,
    rate: None,
    patience: Patience::Packet(Millis(200)),
    facts: &[],
};

/// The kind of a load that sends such packets.
pub fn kind() -> LoadKind {
    ROW.kind([])
}

impl Probe for Ping {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn plan(&self, _said: &mut Said<'_>) -> Option<LoadKind> {
        Some(kind())
    }

    fn open<'l>(&self, clients: &'l Clients<'l>, registry: Registry) -> io::Result<Box<dyn Session + 'l>> {
        Ok(Box::new(Packets::new(clients, &registry, Protocol::Icmp)?))
    }

    fn demand<'k>(&self, _kind: &'k LoadKind) -> Demand<'k> {
        Demand::Kernel
    }

    fn modelled(&self, load: &Load, first_due: Nanos) -> io::Result<Option<Box<dyn Modelled>>> {
        Ok(Some(Box::new(Stream::begin(load, first_due))))
    }
}
