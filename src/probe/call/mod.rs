//! The kind `call`: telephone calls that stay up. Phones of our own register, call each other or an echo
//! through an exchange, and send each other numbered packets of voice and video.
//!
//! A call has no requests: it is up for the whole drill, and breaks when the exchange fails. Its users then
//! receive silence; after a time-out they hang up and call again. The load is therefore sampled in *moments*
//! of 20 ms: a moment is good if its packet arrived on every line in both directions. The streams themselves
//! are recorded as well, packet by packet.

mod calls;
mod device;
mod facts;
mod line;
mod modelled;
mod moments;
mod plan;
pub(crate) mod rtp;
mod stream;

use std::io;

use mio::Registry;

pub use facts::{CallEvent, MediaRun, Medium, Phase, StreamKey, Way};
pub use plan::{Callee, Plan};

use crate::model::demand::{Demand, Effort};
use crate::model::drill::{Load, LoadKind, LoadTrait};
use crate::probe::clients::Clients;
use crate::probe::keys::Said;
use crate::probe::kind::{Probe, Row, Session};
use crate::probe::modelled::Modelled;
use crate::record::Nanos;
use calls::Calls;
use modelled::Phones;

/// The kind.
#[derive(Debug)]
pub struct Call;

/// The name of the kind.
pub const WORD: &str = "call";

/// Voice packets a second, each of 20 ms.
const VOICE: u32 = 50;

static ROW: Row = Row {
    word: WORD,
    about: "Telephone calls.",
    traits: &[LoadTrait::Service, LoadTrait::Packets],
    keys: plan::KEYS,
    node: true,
    port: Some(super::sip::PORT),
    rate: Some(VOICE),
    patience: super::sip::PATIENCE,
    facts: &[&facts::CALL],
};

impl Probe for Call {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn plan(&self, said: &mut Said<'_>) -> Option<LoadKind> {
        plan::read(said).map(|plan| plan.kind())
    }

    fn accounts(&self, kind: &LoadKind) -> Vec<String> {
        let plan = Plan::of(kind).ok();
        plan.iter()
            .flat_map(|plan| plan.user..plan.user + plan.phones())
            .map(|user| user.to_string())
            .collect()
    }

    fn open<'l>(&self, clients: &'l Clients<'l>, registry: Registry) -> io::Result<Box<dyn Session + 'l>> {
        let plan = Plan::of(&clients.load.kind)?;
        Ok(Box::new(Calls::new(clients, &registry, &plan)?))
    }

    fn demand<'k>(&self, _kind: &'k LoadKind) -> Demand<'k> {
        Demand::Service { name: "sip", effort: Effort::Datagram }
    }

    fn modelled(&self, load: &Load, first_due: Nanos) -> io::Result<Option<Box<dyn Modelled>>> {
        Ok(Some(Box::new(Phones::new(load, &Plan::of(&load.kind)?, first_due))))
    }
}
