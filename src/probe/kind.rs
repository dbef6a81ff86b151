//! The definition of a kind of load: one implementation of [`Probe`], and one row of the
//! [registry](super::KINDS).

use std::io;

use mio::event::Event as Ready;
use mio::{Events, Registry};

use super::clients::Clients;
use super::facts::FactRow;
use super::keys::{Key, Said};
use super::modelled::Modelled;
use crate::model::Millis;
use crate::model::demand::Demand;
use crate::model::drill::{Load, LoadKind, LoadTrait};
use crate::model::fault::Value;
use crate::record::{Nanos, What};

/// A kind of load. It receives its sockets from [`Clients::sockets`] and reports its observations with
/// [`Clients::tell`]; it enters no namespace, opens no file, and starts no thread and no process.
pub trait Probe: Sync {
    /// The properties that all loads of the kind share.
    fn row(&self) -> &'static Row;

    /// Reads the keys of the kind from a drill file, checks them and fills in defaults. None if something is
    /// wrong, which is then reported.
    fn plan(&self, said: &mut Said<'_>) -> Option<LoadKind>;

    /// Accounts that no other load on the same address may use.
    fn accounts(&self, _kind: &LoadKind) -> Vec<String> {
        Vec::new()
    }

    /// Opens a load of the kind, and registers its sockets for polling. Nothing is sent yet.
    ///
    /// # Errors
    /// A socket cannot be made, or the kind lacks a value.
    fn open<'l>(&self, clients: &'l Clients<'l>, registry: Registry) -> io::Result<Box<dyn Session + 'l>>;

    /// The demand of a request on a model of a cluster.
    fn demand<'k>(&self, kind: &'k LoadKind) -> Demand<'k>;

    /// Clients of the kind on a model of a cluster; none if their requests are independent of each other.
    ///
    /// # Errors
    /// The kind lacks a value.
    fn modelled(&self, _load: &Load, _first_due: Nanos) -> io::Result<Option<Box<dyn Modelled>>> {
        Ok(None)
    }

    /// The additional fact of a good answer in a model. `below` draws a number below another.
    fn modelled_fact(&self, _load: &Load, _due: Nanos, _below: &mut dyn FnMut(u64) -> u64) -> Option<What> {
        None
    }
}

/// The properties that all loads of a kind share.
#[derive(Debug)]
pub struct Row {
    /// Its name in drill files: `http`.
    pub word: &'static str,
    /// Its description, in a sentence.
    pub about: &'static str,
    /// Traits of all its loads, regardless of their values.
    pub traits: &'static [LoadTrait],
    /// Its own keys in a drill file.
    pub keys: &'static [Key],
    /// Whether it can query a node instead of the VIP.
    pub node: bool,
    /// The usual port; none if it has none.
    pub port: Option<u16>,
    /// Requests or packets a second, if a drill file sets no rate.
    pub rate: Option<u32>,
    /// What it waits for, and how long.
    pub patience: Patience,
    /// The facts that it reports in addition to requests and packets.
    pub facts: &'static [&'static FactRow],
}

impl Row {
    /// Whether all its loads have this trait.
    pub fn has(&self, known: LoadTrait) -> bool {
        self.traits.contains(&known)
    }

    /// A load of the kind, with all its values.
    pub fn kind<'v>(&self, values: impl IntoIterator<Item = (&'v str, Value)>) -> LoadKind {
        LoadKind::new(self.word, self.traits.iter().copied(), values)
    }
}

/// What a load of a kind waits for, and its default time-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// A connection, and a whole answer.
    Request,
    /// A connection.
    Connection,
    /// An answer to a packet, which may take up to 2 s; with the default.
    Packet(Millis),
}

impl Patience {
    /// The drill file keys for it.
    pub fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Request => &["connect-timeout", "timeout"],
            Self::Connection => &["connect-timeout"],
            Self::Packet(_) => &["timeout"],
        }
    }
}

/// A running load.
pub trait Session {
    /// Receives what has arrived, gives up what is late, and sends what is due, without blocking. `ready` are
    /// the sockets of the session that are ready; each is read until it is drained.
    ///
    /// # Errors
    /// A socket cannot be used.
    fn turn(&mut self, ready: &Events) -> io::Result<Next>;

    /// The number of connections that it has opened, if it counts them.
    fn connections(&self) -> Option<u64> {
        None
    }
}

/// What follows a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another turn, at this time unless a socket is ready before.
    At(Nanos),
    /// Nothing: it was stopped, and nothing is in flight any more.
    Over,
}

/// The index of the socket that is ready.
pub fn token(ready: &Ready) -> usize {
    ready.token().0
}
