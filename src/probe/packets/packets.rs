//! A stream of numbered packets that are sent and returned.
//!
//! At 1000 packets a second nothing may be allocated for each packet: packets in flight are kept in a ring,
//! and the packets of a second are reported as one event.

use std::io;
use std::net::SocketAddrV4;

use mio::{Events, Registry};

use super::wire::{Protocol, Wire};
use crate::probe::clients::Clients;
use crate::probe::kind::{Next, Session};
use crate::probe::outcome::outcome_of;
use crate::probe::ring::{Fate, Heard, Ring};
use crate::record::{Answer, Nanos, PacketRun, What};

/// How long it sleeps while it only waits for packets to be answered or to time out.
const SHORT_NAP: Nanos = Nanos::millis(5);

/// The largest number of packets that are sent back to back.
const BURST: usize = 64;

/// Spare slots in the ring, beyond the packets in flight during an outage: for a thread that was held up.
const SPARE: u64 = 64;

/// The packets of a load.
pub struct Packets<'a> {
    clients: &'a Clients<'a>,
    wire: Wire,
    ring: Ring,
    /// Packets whose fates are known but not reported yet.
    run: PacketRun,
}

impl<'a> Packets<'a> {
    /// Creates the stream; no packet was sent yet.
    ///
    /// # Errors
    /// There is no socket for them.
    pub fn new(clients: &'a Clients<'a>, registry: &Registry, protocol: Protocol) -> io::Result<Self> {
        let load = clients.load;
        let server = SocketAddrV4::new(clients.ip, load.port);
        let room = 2 * u64::from(load.rate) * load.timeout.0 / 1000 + SPARE;
        Ok(Self {
            clients,
            wire: Wire::open(clients.sockets, registry, protocol, server, clients.first_id)?,
            ring: Ring::new(usize::try_from(room).unwrap_or(usize::MAX)),
            run: PacketRun::begin(load, 0, clients.due(0)),
        })
    }

    fn send(&mut self) {
        let number = self.ring.next();
        let now = self.clients.clock.now();
        let failure = match self.wire.send(number, now) {
            Ok(()) => None,
            // The client has no route to the address, which counts as a loss.
            Err(error) if outcome_of(&error, false) == Answer::NoRoute => None,
            Err(error) => Some(error.to_string()),
        };
        self.ring.push(failure.is_none().then_some(now));
        if let Some(reason) = failure {
            self.clients.drop_request(number, reason);
        }
    }

    fn hear(&mut self) -> io::Result<()> {
        let Self { wire, ring, run, clients } = self;
        wire.receive(|number| match ring.answer(number, clients.clock.now()) {
            Heard::InOrder => {}
            Heard::OutOfOrder => run.out_of_order += 1,
            Heard::Again => run.duplicates += 1,
            Heard::TooLate => run.too_late += 1,
        })
    }

    fn settle(&mut self, number: u64, fate: Fate) {
        match fate {
            Fate::Sent(sent, took) => self.run.push(sent.since(self.clients.due(number)), took),
            // A run has no gaps.
            Fate::NotSent => self.flush(number + 1),
        }
        if self.run.len() >= self.clients.load.rate as usize {
            self.flush(number + 1);
        }
    }

    /// Reports the known fates, and continues with the packet of this number.
    fn flush(&mut self, next: u64) {
        if let Some(run) = self.run.take(next, self.clients.due(next)) {
            self.clients.tell(What::Packets(run));
        }
    }
}

impl Session for Packets<'_> {
    fn turn(&mut self, _ready: &Events) -> io::Result<Next> {
        let patience = Nanos::from(self.clients.load.timeout);
        let stopping = self.clients.stopping();
        // A backlog after a stall is sent in bursts: answers are read in between, or their buffer would
        // overflow.
        for _ in 0..BURST {
            if stopping
                || self.ring.is_full()
                || self.clients.due(self.ring.next()) > self.clients.clock.now()
            {
                break;
            }
            self.send();
        }
        self.hear()?;
        while let Some((number, fate)) = self.ring.settle(self.clients.clock.now(), patience) {
            self.settle(number, fate);
        }
        if stopping && self.ring.len() == 0 {
            self.flush(self.ring.next());
            return Ok(Next::Over);
        }
        let soon = || self.clients.clock.now().plus(SHORT_NAP);
        let waits = stopping || self.ring.is_full();
        Ok(Next::At(if waits { soon() } else { self.clients.due(self.ring.next()) }))
    }
}
