//! What a kind of load is: one implementation of [`Probe`], and one row of the [registry](super::KINDS).

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

/// A kind of load. It gets its sockets passed in ([`Clients::sockets`]) and says what it sees by events
/// ([`Clients::tell`]); it enters no namespace, opens no file, and starts no thread and no process.
pub trait Probe: Sync {
    /// What is the same for all loads of the kind.
    fn row(&self) -> &'static Row;

    /// Reads the keys of its own from a drill file, checks them and fills in what was not said. None if
    /// something is wrong, which then was reported.
    fn plan(&self, said: &mut Said<'_>) -> Option<LoadKind>;

    /// What no other load on the same address may have too: accounts.
    fn accounts(&self, _kind: &LoadKind) -> Vec<String> {
        Vec::new()
    }

    /// Opens a load of the kind. Nothing is sent yet. What it wants to wait for it registers.
    ///
    /// # Errors
    /// When a socket that it needs cannot be made, or the kind lacks a value.
    fn open<'l>(&self, clients: &'l Clients<'l>, registry: Registry) -> io::Result<Box<dyn Session + 'l>>;

    /// What an answer takes, for a model of a cluster.
    fn demand<'k>(&self, kind: &'k LoadKind) -> Demand<'k>;

    /// Clients of the kind on a model of a cluster; none if their requests are independent of each other.
    ///
    /// # Errors
    /// When the kind lacks a value.
    fn modelled(&self, _load: &Load, _first_due: Nanos) -> io::Result<Option<Box<dyn Modelled>>> {
        Ok(None)
    }

    /// What a good answer of a model says beside being good. `below` draws a number below another.
    fn modelled_fact(&self, _load: &Load, _due: Nanos, _below: &mut dyn FnMut(u64) -> u64) -> Option<What> {
        None
    }
}

/// What is the same for all loads of a kind.
#[derive(Debug)]
pub struct Row {
    /// Its word in drill files: `http`.
    pub word: &'static str,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// What is to be known of all its loads, whatever their values.
    pub traits: &'static [LoadTrait],
    /// The keys of its own in a drill file.
    pub keys: &'static [Key],
    /// Whether it can ask a node instead of the virtual address.
    pub node: bool,
    /// The usual port; none if it has none.
    pub port: Option<u16>,
    /// Requests or packets a second, if a drill file does not say.
    pub rate: Option<u32>,
    /// What it waits for.
    pub patience: Patience,
    /// What it tells beside requests and packets.
    pub facts: &'static [&'static FactRow],
}

impl Row {
    /// Whether this is to be known of all its loads.
    pub fn has(&self, known: LoadTrait) -> bool {
        self.traits.contains(&known)
    }

    /// A load of the kind, with all its values.
    pub fn kind<'v>(&self, values: impl IntoIterator<Item = (&'v str, Value)>) -> LoadKind {
        LoadKind::new(self.word, self.traits.iter().copied(), values)
    }
}

/// What a load of a kind waits for, and how long when a drill file does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// A connection, and a whole answer.
    Request,
    /// A connection.
    Connection,
    /// An answer to a packet, which may take up to 2 s: so long if not said.
    Packet(Millis),
}

impl Patience {
    /// The keys of a drill file that it takes.
    pub fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Request => &["connect-timeout", "timeout"],
            Self::Connection => &["connect-timeout"],
            Self::Packet(_) => &["timeout"],
        }
    }
}

/// A load that goes on.
pub trait Session {
    /// Hears what has come, gives up what is late, and sends what is due, as far as that needs no waiting.
    /// `ready` are the sockets of the session with which something can be done; what is ready is read until
    /// nothing is left.
    ///
    /// # Errors
    /// When a socket cannot be used.
    fn turn(&mut self, ready: &Events) -> io::Result<Next>;

    /// How many connections it has opened, if it keeps them.
    fn connections(&self) -> Option<u64> {
        None
    }
}

/// What comes after a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another, at this time if nothing comes before.
    At(Nanos),
    /// Nothing: it was told to stop, and nothing is under way any more.
    Over,
}

/// The number of the socket that is ready.
pub fn token(ready: &Ready) -> usize {
    ready.token().0
}
