//! A load that is to run, and what all loads have in common.

use std::io;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use super::call::Calls;
use super::packets::Packets;
use super::requests::Requests;
use super::sip::SipRequests;
use super::xmpp::Chat;
use crate::model::drill::{Load, LoadKind};
use crate::probe::scheduling;
use crate::record::{Clock, Event, Nanos, What};

/// A load that is to run.
pub struct Clients<'a> {
    /// What it is.
    pub load: &'a Load,
    /// The address that it asks.
    pub ip: Ipv4Addr,
    /// When its first request is due.
    pub first_due: Nanos,
    /// The number of its first write.
    pub first_id: u64,
    /// The clock of the drill.
    pub clock: Clock,
    /// Set when no more requests are to be sent.
    pub stop: &'a AtomicBool,
    /// Where its events go.
    pub events: Sender<Event>,
}

impl Clients<'_> {
    /// Sends requests until told to stop, then waits for those under way. Call it on a thread of its own, in the
    /// network namespace of the clients.
    ///
    /// # Errors
    /// When the system gives no means to wait for sockets, no raw socket for a ping, which takes root, or no way to a
    /// telephone exchange.
    pub fn run(self) -> io::Result<()> {
        self.tell(What::LoadStarted {
            load: self.load.name.clone(),
            first_due: self.first_due,
            first_id: matches!(self.load.kind, LoadKind::Ledger { .. }).then_some(self.first_id),
            scheduling: scheduling::prefer().to_owned(),
        });
        let mut connections = None;
        match &self.load.kind {
            LoadKind::Ping | LoadKind::Udp => Packets::new(&self)?.run()?,
            LoadKind::Sip { method, user } => SipRequests::new(&self, *method, user)?.run()?,
            LoadKind::Call(plan) => Calls::new(&self, plan)?.run()?,
            LoadKind::Xmpp(plan) => Chat::new(&self, plan)?.run()?,
            LoadKind::Http { .. } | LoadKind::Told { .. } | LoadKind::Ledger { .. } | LoadKind::Tcp => {
                let opened = Requests::new(&self)?.run()?;
                connections = self.load.kind.keeps_connections().then_some(opened);
            }
        }
        let (load, processor) = (self.load.name.clone(), scheduling::spent());
        self.tell(What::LoadEnded { load, processor, connections });
        Ok(())
    }

    /// When a request is due.
    pub fn due(&self, seq: u64) -> Nanos {
        self.first_due.plus(Nanos(seq * self.load.interval_ns()))
    }

    /// Whether no more requests are to be sent.
    pub fn stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Says that a request was not sent.
    pub fn drop_request(&self, seq: u64, reason: String) {
        self.tell(What::Dropped { load: self.load.name.clone(), seq, due: self.due(seq), reason });
    }

    /// Says what happened, now.
    pub fn tell(&self, what: What) {
        // Nobody listens any more only when the drill is over.
        let _ = self.events.send(Event { t: self.clock.now(), what });
    }
}
