//! Single requests.

use super::Simulation;
use super::agenda::Task;
use crate::model::{LoadName, Manager, NodeName};
use crate::provider::cluster::{Planted, Reply, Served};
use crate::record::{Answer, Nanos, Sample, What};

/// The delay of a refusal by a closed port, and of an error.
const REFUSAL: Nanos = Nanos(400_000);
const ERROR: Nanos = Nanos::millis(8);

/// A request in flight.
#[derive(Debug)]
pub struct Pending {
    pub seq: u64,
    pub due: Nanos,
    pub sent: Nanos,
    pub answer: Answer,
    /// Its answer, if one is on its way.
    pub served: Option<Served>,
}

impl Simulation<'_> {
    /// The answer to a request that a generator sends now, if one arrives in time.
    pub fn ask_now(&mut self, place: usize, write: Option<u64>) -> Option<Served> {
        let own = self.generators.get(place)?;
        let timeout = own.load.timeout.duration();
        match self.cluster.ask(own.probe.demand(&own.load.kind), own.ip, write) {
            Reply::Served(served) => (served.after <= timeout).then_some(served),
            _ => None,
        }
    }

    /// Sends a request.
    pub fn send(&mut self, place: usize, seq: u64, due: Nanos) {
        let Some(own) = self.generators.get(place) else { return };
        let write = own.load.kind.is_writes().then_some(own.first_id + seq);
        let (timeout, connect) = (Nanos::from(own.load.timeout), Nanos::from(own.load.connect_timeout));
        let connects = own.probe.demand(&own.load.kind).connects();
        let mut served = None;
        let (after, answer) = match self.cluster.ask(own.probe.demand(&own.load.kind), own.ip, write) {
            Reply::Served(own) if Nanos::from(own.after) <= timeout => {
                let after = Nanos::from(own.after);
                served = Some(own);
                (after, Answer::Ok)
            }
            Reply::Served(_) | Reply::Silence => (timeout, Answer::Timeout),
            Reply::Unreachable if !connects => (timeout, Answer::Timeout),
            Reply::Unreachable => (connect, Answer::ConnectTimeout),
            Reply::Refused => (REFUSAL, Answer::Refused),
            Reply::Broken => (ERROR, Answer::Status { code: 502 }),
        };
        let pending = Pending { seq, due, sent: self.now, answer, served };
        self.under_way(place, after, pending);
    }

    pub fn under_way(&mut self, place: usize, after: Nanos, pending: Pending) {
        if let Some(own) = self.generators.get_mut(place) {
            own.under_way += 1;
            own.connections += u64::from(pending.answer != Answer::Ok);
        }
        self.agenda.put(self.now.plus(after), Task::Answered(place, Box::new(pending)));
    }

    /// Records the outcome of a request.
    pub fn answered(&mut self, place: usize, mut pending: Pending) {
        let Some(own) = self.generators.get_mut(place) else { return };
        own.under_way = own.under_way.saturating_sub(1);
        let (probe, load, timeout) = (own.probe, own.load.clone(), Nanos::from(own.load.timeout));
        if let Some(served) = pending.served.take() {
            if !self.cluster.arrives(&served) {
                // The node that was handling it is gone, and sends no notice.
                let rest = pending.sent.plus(timeout).since(self.now);
                pending.answer = Answer::Timeout;
                return self.under_way(place, rest, pending);
            }
            let dice = &mut self.dice;
            if let Some(fact) = probe.modelled_fact(&load, pending.due, &mut |limit| dice.below(limit)) {
                self.emit(fact);
            }
            return self.sample(load.name, pending, Some(served));
        }
        self.sample(load.name, pending, None);
    }

    /// The node that an answer names.
    fn named(&self, load: &LoadName, answers: NodeName) -> NodeName {
        if !self.planted.contains(&Planted::FalseName) {
            return answers;
        }
        let drill = self.setup.drill;
        let asked = drill.loads.iter().find(|own| own.name == *load && own.node.is_none());
        let manager = asked.and_then(|own| Manager::of(self.setup.lab, &own.address));
        let others = manager.map(|manager| manager.members).unwrap_or_default();
        others.into_iter().find(|other| *other != answers).unwrap_or(answers)
    }

    fn sample(&mut self, load: LoadName, pending: Pending, served: Option<Served>) {
        let Pending { seq, due, sent, answer, .. } = pending;
        let node = served.map(|served| self.named(&load, served.node));
        self.emit(What::Sample(Sample { load, seq, due, sent, done: self.now, answer, node }));
    }
}
