//! Performs the steps: each when it is due, on the node that has the role then.

use std::collections::BTreeMap;

use super::engine::Engine;
use super::schedule::{Done, Next, Scene, Waiting};
use super::stages::fresh;
use super::targets::{places, targets};
use super::work::Work;
use crate::model::drill::Step;
use crate::model::{AddressName, NodeName, StepName};
use crate::record::{Ending, Event, Nanos, StepPhase, What};

impl<'env> Engine<'_, '_, 'env> {
    /// Performs all steps.
    pub fn steps(&mut self) -> Result<(), Ending> {
        let begun = self.pump.clock.now();
        let steps: &'env [Step] = &self.setup.drill.steps;
        let waiting = |step: &'env Step| {
            let jitter = Nanos(self.random.below(Nanos::from(step.jitter).0));
            Waiting { step, jitter, signalled: None }
        };
        let mut waiting: Vec<Waiting<'_>> = steps.iter().map(waiting).collect();
        let mut done: BTreeMap<StepName, Done> = BTreeMap::new();
        while !waiting.is_empty() {
            let (clock, holders, drill) = (self.pump.clock, self.holders, self.setup.drill);
            let service = drill.service().map(|load| &load.address);
            let next = self.pump.wait(None, |live| {
                let holder = service.and_then(|address| holders.of(address));
                let scene = Scene { begun, now: clock.now(), done: &done, live, holder };
                waiting.iter_mut().enumerate().find_map(|(place, waiting)| scene.next(place, waiting))
            })?;
            match next {
                Some(Next::Do(place)) => {
                    let step = waiting.remove(place).step;
                    let result = self.step(step, &done)?;
                    done.insert(step.name.clone(), result);
                }
                Some(Next::Missed(place)) => {
                    return Err(self.missed(waiting[place].step, "the awaited event did not happen in time"));
                }
                None => return Err(Ending::Failed { reason: "the steps cannot be put in order".to_owned() }),
            }
        }
        Ok(())
    }

    fn missed(&mut self, step: &Step, reason: &str) -> Ending {
        self.pump.emit(What::StepMissed { step: step.name.clone(), reason: reason.to_owned() });
        Ending::GivenUp { reason: format!("step {} could not be done", step.name) }
    }

    fn step(&mut self, step: &Step, done: &BTreeMap<StepName, Done>) -> Result<Done, Ending> {
        let (holders, clock) = (self.holders, self.pump.clock);
        let holder = |address: &AddressName| holders.of(address).filter(|(_, at)| fresh(&clock, *at));
        let held = |address: &AddressName| holder(address).map(|(node, _)| node);
        let nodes = match targets(self.setup.lab, &step.target, done, &held, &mut self.random) {
            Ok(nodes) => nodes,
            Err(reason) => return Err(self.missed(step, &reason)),
        };
        let mut spans = Vec::new();
        for place in places(&nodes) {
            spans.push(self.act(step, place)?);
        }
        let called = spans.iter().map(|(called, _)| *called).min().unwrap_or_default();
        let returned = spans.iter().map(|(_, returned)| *returned).max().unwrap_or_default();
        Ok(Done { nodes, called, returned })
    }

    /// Performs a step on one of its nodes, or as a client; returns when it was called, and when it returned.
    fn act(&mut self, step: &Step, node: Option<&NodeName>) -> Result<(Nanos, Nanos), Ending> {
        let work = match Work::of(self.setup.lab, &mut self.healer, step, node) {
            Ok(work) => work,
            Err(Ending::GivenUp { reason }) => return Err(self.missed(step, &reason)),
            Err(ending) => return Err(ending),
        };
        let event = |phase| What::Step { step: step.name.clone(), node: node.cloned(), phase };
        let (setup, clock) = (self.setup, self.pump.clock);
        let called = clock.now();
        self.pump.pass(&Event { t: called, what: event(StepPhase::Called) });
        let doing = work.clone();
        let thread = self.scope.spawn(move || doing.run(setup, clock));
        let (returned, result) = self.pump.join(thread, "a step")?;
        let (proof, failure) = match result {
            Ok(proof) => (Some(proof), None),
            Err(failure) => (None, Some(failure)),
        };
        let phase = StepPhase::Returned { failure: failure.clone(), proof: proof.clone() };
        self.pump.pass(&Event { t: returned, what: event(phase) });
        if let Some(failure) = failure {
            return Err(Ending::GivenUp { reason: format!("step {} failed: {failure}", step.name) });
        }
        let written = work.note(&mut self.healer, proof.and_then(|proof| proof.mechanism).as_deref());
        written.map_err(|error| Ending::Failed { reason: error.to_string() })?;
        Ok((called, returned))
    }

    /// The current holder of an address, or why it is not known.
    pub fn holder(&self, address: &AddressName) -> Result<NodeName, String> {
        let held = self.holders.of(address).filter(|(_, at)| fresh(&self.pump.clock, *at));
        held.map(|(node, _)| node).ok_or_else(|| format!("no node answers for {address}"))
    }
}
