//! Doing the steps: each when it is time, to the node that has the role then.

use std::collections::BTreeMap;

use super::arp::Holders;
use super::engine::Engine;
use super::live::Live;
use super::stages::fresh;
use super::work::Work;
use crate::fault::{Injection, InjectionId, measure};
use crate::model::drill::{Signal, Step, StepAction, Target, Trigger};
use crate::model::{AddressName, Manager, NodeName, StepName};
use crate::record::{Ending, Event, Nanos, StepPhase, What};

/// A step that was done.
struct Done {
    nodes: Vec<NodeName>,
    called: Nanos,
    returned: Nanos,
}

/// A step that is still to be done.
struct Waiting<'a> {
    step: &'a Step,
    jitter: Nanos,
    /// When its signal was seen.
    signalled: Option<Nanos>,
}

/// What the next thing to do is.
enum Next {
    Do(usize),
    Missed(usize),
}

impl<'env> Engine<'_, '_, 'env> {
    /// Does all steps.
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
                let scene = Scene { begun, now: clock.now(), done: &done, live, holders, service };
                waiting.iter_mut().enumerate().find_map(|(place, waiting)| scene.next(place, waiting))
            })?;
            match next {
                Some(Next::Do(place)) => {
                    let step = waiting.remove(place).step;
                    let result = self.step(step, &done)?;
                    done.insert(step.name.clone(), result);
                }
                Some(Next::Missed(place)) => {
                    return Err(self.missed(waiting[place].step, "what it waits for did not happen in time"));
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
        let nodes = match self.targets(&step.target, done) {
            Ok(nodes) => nodes,
            Err(reason) => return Err(self.missed(step, &reason)),
        };
        let mut spans = Vec::new();
        for node in &nodes {
            spans.push(self.act(step, node)?);
        }
        let called = spans.iter().map(|(called, _)| *called).min().unwrap_or_default();
        let returned = spans.iter().map(|(_, returned)| *returned).max().unwrap_or_default();
        Ok(Done { nodes, called, returned })
    }

    /// Does a step to one of its nodes; when it was called, and when it returned.
    fn act(&mut self, step: &Step, node: &NodeName) -> Result<(Nanos, Nanos), Ending> {
        let work = match self.work(step, node) {
            Ok(work) => work,
            Err(Ending::GivenUp { reason }) => return Err(self.missed(step, &reason)),
            Err(ending) => return Err(ending),
        };
        let event = |phase| What::Step { step: step.name.clone(), node: node.clone(), phase };
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

    /// What a step comes to on a node. A fault is in the journal from here on.
    fn work(&mut self, step: &Step, node: &NodeName) -> Result<Work, Ending> {
        let given_up = |reason: String| Ending::GivenUp { reason };
        match &step.action {
            StepAction::Inject(fault) => {
                let measure = measure(self.setup.lab, node, fault);
                let measure = measure.map_err(|unfit| given_up(unfit.to_string()))?;
                let (id, fault) = (InjectionId::of_step(&step.name, node), fault.clone());
                let injection = Injection { id, node: node.clone(), fault, measure };
                let written = self.healer.begin(&injection);
                written.map_err(|error| Ending::Failed { reason: error.to_string() })?;
                Ok(Work::Inject(Box::new(injection)))
            }
            StepAction::Heal => {
                let Target::Step(other) = &step.target else {
                    return Err(given_up("it heals no step".to_owned()));
                };
                let entry = self.healer.journal.entry(&InjectionId::of_step(other, node));
                Ok(Work::Heal(entry.map(|entry| entry.injection.clone()).into_iter().collect()))
            }
            StepAction::PowerOn => match self.healer.journal.power_of(node) {
                taken if taken.is_empty() => Ok(Work::PowerOn(node.clone())),
                taken => Ok(Work::Heal(taken)),
            },
        }
    }

    fn targets(&mut self, target: &Target, done: &BTreeMap<StepName, Done>) -> Result<Vec<NodeName>, String> {
        let lab = self.setup.lab;
        let hit = |step: &StepName| {
            done.get(step).map(|done| &done.nodes).ok_or_else(|| format!("{step} was not done"))
        };
        let one = match target {
            Target::Node(node) => node.clone(),
            Target::Step(step) => return hit(step).cloned(),
            Target::Others(step) => {
                let hit = hit(step)?;
                let others = lab.nodes.iter().map(|node| &node.name).filter(|node| !hit.contains(node));
                let others: Vec<NodeName> = others.cloned().collect();
                return if others.is_empty() { Err(format!("{step} hit all nodes")) } else { Ok(others) };
            }
            Target::Holder(address) => self.holder(address)?,
            Target::Standby(address) => {
                let holder = self.holder(address)?;
                let mut members = lab.members(address).into_iter();
                members
                    .find(|node| *node != holder)
                    .ok_or_else(|| format!("nobody stands by for {address}"))?
            }
            Target::Random(address) => {
                let mut members = lab.members(address);
                if members.is_empty() {
                    return Err(format!("no node could hold {address}"));
                }
                let place = self.random.below(members.len() as u64);
                members.swap_remove(usize::try_from(place).unwrap_or_default())
            }
            Target::Preferred(address) => {
                let manager = Manager::of(lab, address).map(|manager| manager.preferred().clone());
                manager.ok_or_else(|| format!("it is not known where {address} is to be"))?
            }
        };
        Ok(vec![one])
    }

    /// The node that holds an address now, or why that is not known.
    pub fn holder(&self, address: &AddressName) -> Result<NodeName, String> {
        let held = self.holders.of(address).filter(|(_, at)| fresh(&self.pump.clock, *at));
        held.map(|(node, _)| node).ok_or_else(|| format!("nobody answers for {address}"))
    }
}

/// What decides when a step is due.
struct Scene<'a> {
    begun: Nanos,
    now: Nanos,
    done: &'a BTreeMap<StepName, Done>,
    live: &'a Live,
    holders: &'a Holders,
    service: Option<&'a AddressName>,
}

impl Scene<'_> {
    fn next(&self, place: usize, waiting: &mut Waiting<'_>) -> Option<Next> {
        let due = match &waiting.step.trigger {
            Trigger::At(at) => Some(self.begun.plus(Nanos::from(*at))),
            Trigger::After { step, delay } => {
                self.done.get(step).map(|done| done.returned.plus(Nanos::from(*delay)))
            }
            Trigger::When { signal, delay, within } => {
                // It has to happen after whatever was done last.
                let last = self.done.values().max_by_key(|done| done.returned)?;
                if waiting.signalled.is_none() && self.happened(*signal, last) {
                    waiting.signalled = Some(self.now);
                }
                match waiting.signalled {
                    Some(at) => Some(at.plus(Nanos::from(*delay))),
                    None if self.now.since(last.returned) > Nanos::from(*within) => {
                        return Some(Next::Missed(place));
                    }
                    None => None,
                }
            }
        };
        due.filter(|due| due.plus(waiting.jitter) <= self.now).map(|_| Next::Do(place))
    }

    fn happened(&self, signal: Signal, last: &Done) -> bool {
        match signal {
            Signal::AddressMoved => self
                .service
                .and_then(|address| self.holders.of(address))
                .is_some_and(|(node, at)| !last.nodes.contains(&node) && at > last.returned),
            Signal::ServiceRestored => self.live.restored_since(last.called),
            Signal::Promoted
            | Signal::Demoted
            | Signal::ResyncStarted
            | Signal::Resynced
            | Signal::Detected => self.live.signs.seen_since(signal, last.called),
        }
    }
}
