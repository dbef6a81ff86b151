//! The kind `xmpp`: chat over XMPP (RFC 6120, 6121). Two accounts log in, and one sends the other numbered
//! messages.

mod chat;
mod facts;
pub(crate) mod login;
mod modelled;
mod plan;
mod session;
pub(crate) mod stanza;

use std::io;

use mio::Registry;

pub use facts::Phase;
pub use plan::Plan;

use crate::model::demand::{Demand, Effort};
use crate::model::drill::{Load, LoadKind, LoadTrait};
use crate::probe::clients::Clients;
use crate::probe::keys::Said;
use crate::probe::kind::{self, Patience, Probe, Row};
use crate::probe::modelled::Modelled;
use crate::record::Nanos;
use chat::Chat;
use modelled::Accounts;

/// The kind.
#[derive(Debug)]
pub struct Xmpp;

/// The name of the kind.
pub const WORD: &str = "xmpp";

static ROW: Row = Row {
    word: WORD,
    about: "Chat messages.",
    traits: &[LoadTrait::Service],
    keys: plan::KEYS,
    node: true,
    port: Some(5222),
    rate: None,
    patience: Patience::Request,
    facts: &[&facts::LOGIN],
};

impl Probe for Xmpp {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn plan(&self, said: &mut Said<'_>) -> Option<LoadKind> {
        plan::read(said).map(|plan| plan.kind())
    }

    fn accounts(&self, kind: &LoadKind) -> Vec<String> {
        let plan = Plan::of(kind).ok();
        let both = |plan: &Plan| [&plan.user, &plan.peer].map(|user| format!("{user}@{}", plan.domain));
        plan.iter().flat_map(both).collect()
    }

    fn open<'l>(
        &self,
        clients: &'l Clients<'l>,
        registry: Registry,
    ) -> io::Result<Box<dyn kind::Session + 'l>> {
        Ok(Box::new(Chat::new(clients, registry, &Plan::of(&clients.load.kind)?)))
    }

    fn demand<'k>(&self, _kind: &'k LoadKind) -> Demand<'k> {
        Demand::Service { name: "xmpp", effort: Effort::Message }
    }

    fn modelled(&self, load: &Load, _first_due: Nanos) -> io::Result<Option<Box<dyn Modelled>>> {
        Ok(Some(Box::new(Accounts::new(&Plan::of(&load.kind)?))))
    }
}
