//! The generators of loads: when requests are due, and how each ends.

use std::collections::VecDeque;
use std::net::Ipv4Addr;

use super::Simulation;
use super::agenda::Task;
use super::requests::Pending;
use crate::drill::engine::{LEAD, NUMBERS};
use crate::model::drill::Load;
use crate::probe::modelled::{Due, Modelled, Reached};
use crate::probe::{Probe, of};
use crate::record::{Answer, Ending, Nanos, What};

/// The processor time that is recorded for a request, in nanoseconds.
const COST: u64 = 30_000;

/// A running load.
pub struct Generator {
    pub load: Load,
    pub probe: &'static dyn Probe,
    pub ip: Ipv4Addr,
    pub first_due: Nanos,
    pub first_id: u64,
    /// The index of the next request.
    pub next: u64,
    /// The number of requests in flight.
    pub under_way: usize,
    /// Whether it sends no more.
    pub stopped: bool,
    /// Whether it was ended and is over.
    pub ended: bool,
    /// The time of its stall, if one is planted.
    pub stall: Option<(Nanos, Nanos)>,
    /// The number of connections that were opened.
    pub connections: u64,
    /// Its clients, if their requests depend on each other.
    pub modelled: Option<Box<dyn Modelled>>,
}

impl Generator {
    fn new(load: Load, ip: Ipv4Addr, first_due: Nanos, first_id: u64) -> std::io::Result<Self> {
        let probe = of(&load.kind)?;
        let modelled = probe.modelled(&load, first_due)?;
        Ok(Self {
            load,
            probe,
            ip,
            first_due,
            first_id,
            next: 0,
            under_way: 0,
            stopped: false,
            ended: false,
            stall: None,
            connections: 1,
            modelled,
        })
    }

    /// When a request is due.
    pub fn due(&self, seq: u64) -> Nanos {
        self.first_due.plus(Nanos(seq * self.load.interval_ns()))
    }

    fn is_over(&self) -> bool {
        self.stopped && self.under_way == 0
    }
}

impl Simulation<'_> {
    /// Starts the loads, each with a phase of its own.
    ///
    /// # Errors
    /// A load queries an address that the lab does not have.
    pub fn start_clients(&mut self) -> Result<(), Ending> {
        for (place, load) in (0..).zip(&self.setup.drill.loads) {
            let phase = Nanos(self.random.below(load.interval_ns()));
            let first_id = (1000 * self.number + place) * NUMBERS;
            let ip = self.address_of(load)?;
            self.first_ids.push(first_id);
            self.begin_load(load.clone(), ip, self.now.plus(LEAD).plus(phase), first_id)?;
        }
        Ok(())
    }

    /// Starts a load, and returns its index in the list.
    ///
    /// # Errors
    /// Its kind is unknown.
    pub fn begin_load(
        &mut self,
        load: Load,
        ip: Ipv4Addr,
        first_due: Nanos,
        first_id: u64,
    ) -> Result<usize, Ending> {
        let place = self.generators.len();
        self.emit(What::LoadStarted {
            load: load.name.clone(),
            first_due,
            first_id: load.kind.is_writes().then_some(first_id),
            nonces: None,
            scheduling: "simulated".to_owned(),
        });
        let generator = Generator::new(load, ip, first_due, first_id);
        self.generators.push(generator.map_err(|error| Ending::Failed { reason: error.to_string() })?);
        self.agenda.put(first_due, Task::Due(place));
        Ok(place)
    }

    /// Handles the next due request of a generator.
    pub fn due(&mut self, place: usize) {
        let now = self.now;
        let Some(own) = self.generators.get_mut(place).filter(|own| !own.stopped) else { return };
        if let Some((_, until)) = own.stall.filter(|(from, until)| (*from..*until).contains(&now)) {
            return self.agenda.put(until, Task::Due(place));
        }
        let seq = own.next;
        own.next += 1;
        let (next, due) = (own.due(own.next), own.due(seq));
        if own.modelled.is_some() {
            self.turn(place, Due { seq, due, next_due: next, now });
        } else {
            self.send(place, seq, due);
        }
        self.agenda.put(next.max(now), Task::Due(place));
    }

    /// Handles a request of clients whose requests depend on each other.
    fn turn(&mut self, place: usize, due: Due) {
        let served = self.ask_now(place, None);
        let reached = served.as_ref().and_then(|served| {
            Some(Reached { after: served.after.into(), node: served.makers.first()?.clone() })
        });
        let Some(own) = self.generators.get_mut(place) else { return };
        let Some(modelled) = &mut own.modelled else { return };
        let became = modelled.turn(&own.load, &due, reached.as_ref());
        became.told.into_iter().for_each(|what| self.emit(what));
        if let Some((after, answer)) = became.request {
            let served = served.filter(|_| answer == Answer::Ok);
            let Due { seq, due, now, .. } = due;
            self.under_way(place, after, Pending { seq, due, sent: now, answer, served });
        }
    }

    /// Ends the loads, and lets their requests in flight end.
    pub fn end_clients(&mut self) {
        self.end_loads(|_| true);
    }

    /// Ends some loads.
    pub fn end_loads(&mut self, which: impl Fn(usize) -> bool) {
        let ending: VecDeque<usize> = (0..self.generators.len())
            .filter(|place| which(*place) && self.generators.get(*place).is_some_and(|own| !own.ended))
            .collect();
        for place in &ending {
            if let Some(own) = self.generators.get_mut(*place) {
                own.stopped = true;
            }
        }
        let over =
            |own: &Self| ending.iter().all(|place| own.generators.get(*place).is_none_or(Generator::is_over));
        while !over(self) && self.step(None) {}
        for place in ending {
            self.end_load(place);
        }
    }

    fn end_load(&mut self, place: usize) {
        let Some(own) = self.generators.get_mut(place) else { return };
        own.ended = true;
        let (next, next_due) = (own.next, own.due(own.next));
        let load = own.load.name.clone();
        let processor = Nanos(own.next * COST);
        let connections = own.load.kind.keeps_connections().then_some(own.connections);
        let rest = own.modelled.as_mut().map(|modelled| modelled.end(&own.load, next, next_due));
        rest.into_iter().flatten().for_each(|what| self.emit(what));
        self.emit(What::LoadEnded { load, processor, connections });
    }
}
