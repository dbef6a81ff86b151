//! A stream of numbered packets that are sent and come back.
//!
//! At a thousand a second nothing may be made for each packet: they are kept in a ring while they are under
//! way, and a second's worth of them is one event.

use std::io;
use std::net::SocketAddrV4;

use mio::{Events, Registry};

use super::wire::{Protocol, Wire};
use crate::probe::clients::Clients;
use crate::probe::kind::{Next, Session};
use crate::probe::outcome::outcome_of;
use crate::probe::ring::{Fate, Heard, Ring};
use crate::record::{Answer, Nanos, PacketRun, What};

/// How long it waits while it only looks for packets that are answered or given up.
const SHORT_NAP: Nanos = Nanos::millis(5);

/// The most packets that are sent one after the other.
const BURST: usize = 64;

/// Room in the ring beside what is under way when nothing answers: for a thread that was held up.
const SPARE: u64 = 64;

/// The packets of a load.
pub struct Packets<'a> {
    clients: &'a Clients<'a>,
    wire: Wire,
    ring: Ring,
    /// Those whose fate is known and not told yet.
    run: PacketRun,
}

impl<'a> Packets<'a> {
    /// None was sent yet.
    ///
    /// # Errors
    /// When there is no socket for them.
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
            // The client cannot reach the address, which is what a loss is.
            Err(error) if outcome_of(&error, false) == Answer::NoRoute => None,
            Err(error) => Some(error.to_string()),
        };
        self.ring.push(failure.is_none().then_some(now));
        if let Some(reason) = failure {
            self.clients.drop_request(number, reason);
        }
    }

    fn hear(&mut self, number: u64) {
        match self.ring.answer(number, self.clients.clock.now()) {
            Heard::InOrder => {}
            Heard::OutOfOrder => self.run.out_of_order += 1,
            Heard::Again => self.run.duplicates += 1,
            Heard::TooLate => self.run.too_late += 1,
        }
    }

    fn settle(&mut self, number: u64, fate: Fate) {
        match fate {
            Fate::Sent(sent, took) => self.run.push(sent.since(self.clients.due(number)), took),
            // A run has no holes.
            Fate::NotSent => self.flush(number + 1),
        }
        if self.run.len() >= self.clients.load.rate as usize {
            self.flush(number + 1);
        }
    }

    /// Tells what is known, and goes on with the packet of this number.
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
        // What a stall has left over is sent in parts: answers are read in between, or they would overflow.
        for _ in 0..BURST {
            if stopping
                || self.ring.is_full()
                || self.clients.due(self.ring.next()) > self.clients.clock.now()
            {
                break;
            }
            self.send();
        }
        while let Some(number) = self.wire.receive()? {
            self.hear(number);
        }
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
