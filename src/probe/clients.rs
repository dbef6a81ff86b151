//! A load to be run, and the open loop that all kinds share.

use std::io;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use super::kind::Next;
use super::sockets::Sockets;
use super::wait::Waiter;
use super::{of, scheduling};
use crate::base::nonces::Nonces;
use crate::model::drill::Load;
use crate::record::{Clock, Event, Nanos, What};

/// The longest sleep of the thread, so that a stop is noticed soon.
const NAP: Duration = Duration::from_millis(50);

/// A load to be run.
pub struct Clients<'a> {
    /// Its definition.
    pub load: &'a Load,
    /// The address that it queries.
    pub ip: Ipv4Addr,
    /// When its first request is due.
    pub first_due: Nanos,
    /// The number of its first write.
    pub first_id: u64,
    /// The nonces of its writes; none if they are plain numbers.
    pub nonces: Option<Nonces>,
    /// The clock of the drill.
    pub clock: Clock,
    /// Set when no more requests may be sent.
    pub stop: &'a AtomicBool,
    /// The channel for its events.
    pub events: Sender<Event>,
    /// The factory of its sockets.
    pub sockets: &'a dyn Sockets,
}

impl Clients<'_> {
    /// Sends requests until `stop` is set, then waits for those in flight. Call it on a thread of its own.
    ///
    /// # Errors
    /// The system cannot poll sockets, the kind of the load is unknown, or its probe fails.
    pub fn run(self) -> io::Result<()> {
        self.run_after(|| Ok(()))
    }

    /// As [`Clients::run`]; calls `opened` between the preparation, which may need rights, and the first
    /// request. Nothing was sent or received by then.
    ///
    /// # Errors
    /// The same, or `opened` fails.
    pub fn run_after(self, opened: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let mut waiter = Waiter::new()?;
        let mut session = of(&self.load.kind)?.open(&self, waiter.registry()?)?;
        let scheduling = scheduling::prefer().to_owned();
        opened()?;
        self.tell(What::LoadStarted {
            load: self.load.name.clone(),
            first_due: self.first_due,
            first_id: self.load.kind.is_writes().then_some(self.first_id),
            nonces: self.nonces.clone(),
            scheduling,
        });
        while let Next::At(wake) = session.turn(waiter.ready())? {
            waiter.wait(wake.since(self.clock.now()).duration().min(NAP))?;
        }
        let connections = session.connections();
        drop(session);
        let (load, processor) = (self.load.name.clone(), scheduling::spent());
        self.tell(What::LoadEnded { load, processor, connections });
        Ok(())
    }

    /// When a request is due.
    pub fn due(&self, seq: u64) -> Nanos {
        self.first_due.plus(Nanos(seq * self.load.interval_ns()))
    }

    /// Whether no more requests may be sent.
    pub fn stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Reports that a request was not sent.
    pub fn drop_request(&self, seq: u64, reason: String) {
        self.tell(What::Dropped { load: self.load.name.clone(), seq, due: self.due(seq), reason });
    }

    /// Reports an event with the current time.
    pub fn tell(&self, what: What) {
        debug_assert!(self.may_tell(&what), "no fact of this kind of load: {what:?}");
        // The receiver is gone only when the drill is over.
        let _ = self.events.send(Event { t: self.clock.now(), what });
    }

    /// Whether the kind of the load declares this fact.
    pub(super) fn may_tell(&self, what: &What) -> bool {
        let What::Fact(fact) = what else { return true };
        of(&self.load.kind).is_ok_and(|kind| kind.row().facts.iter().any(|row| row.name == fact.fact))
    }
}
