//! Performs the steps on the model and on the simulated host.

use std::collections::BTreeMap;

use super::Simulation;
use crate::drill::schedule::{Done, Next, Scene, Waiting};
use crate::drill::targets::{places, targets};
use crate::drill::work::Work;
use crate::model::drill::Step;
use crate::model::{AddressName, NodeName, StepName};
use crate::record::{Clock, Ending, Nanos, StepPhase, What};

/// The longest time from a call to its effect, and from there to its return, in nanoseconds.
const CALL: u64 = 4_000_000;

/// How long a node may take to shut down.
const SHUT_DOWN: Nanos = Nanos::millis(180_000);

impl<'a> Simulation<'a> {
    /// Performs all steps.
    pub fn steps(&mut self) -> Result<(), Ending> {
        let (begun, setup) = (self.now, self.setup);
        let service = setup.drill.service().map(|load| &load.address);
        let waiting = |step: &'a Step| {
            let jitter = Nanos(self.random.below(Nanos::from(step.jitter).0));
            Waiting { step, jitter, signalled: None }
        };
        let mut waiting: Vec<Waiting<'_>> = setup.drill.steps.iter().map(waiting).collect();
        let mut done: BTreeMap<StepName, Done> = BTreeMap::new();
        while !waiting.is_empty() {
            let scene = Scene { begun, now: self.now, done: &done, live: &self.live, holder: None };
            // In a quiet cluster no event lets time pass until then.
            let look = waiting.iter().filter_map(|waiting| scene.next_look(waiting)).min();
            let next = self.wait(look, |own| {
                let holder = service.and_then(|address| own.holders.get(address).cloned());
                let scene = Scene { begun, now: own.now, done: &done, live: &own.live, holder };
                waiting.iter_mut().enumerate().find_map(|(place, waiting)| scene.next(place, waiting))
            })?;
            match next {
                Some(Next::Do(place)) => {
                    let step = waiting.remove(place).step;
                    let result = self.do_step(step, &done)?;
                    done.insert(step.name.clone(), result);
                }
                Some(Next::Missed(place)) => {
                    return Err(self.missed(waiting[place].step, "the awaited event did not happen in time"));
                }
                // A signal was seen meanwhile, and its delay passes.
                None if look.is_some() => {}
                None => return Err(Ending::Failed { reason: "the steps cannot be put in order".to_owned() }),
            }
        }
        Ok(())
    }

    fn missed(&mut self, step: &Step, reason: &str) -> Ending {
        self.emit(What::StepMissed { step: step.name.clone(), reason: reason.to_owned() });
        Ending::GivenUp { reason: format!("step {} could not be done", step.name) }
    }

    fn do_step(&mut self, step: &Step, done: &BTreeMap<StepName, Done>) -> Result<Done, Ending> {
        let holders: BTreeMap<AddressName, NodeName> =
            self.holders.keys().filter_map(|address| Some((address.clone(), self.held(address)?))).collect();
        let holder = |address: &AddressName| holders.get(address).cloned();
        let nodes = match targets(self.setup.lab, &step.target, done, &holder, &mut self.random) {
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
        let called = self.now;
        self.emit(event(StepPhase::Called));
        // A call in progress is completed even if the user stops the drill, so that the journal stays
        // accurate.
        self.let_pass_a_call();
        let (_, result) = work.run(self.setup, Clock::start());
        if result.is_ok() {
            self.take_effect(&work);
        }
        self.let_pass_a_call();
        let returned = self.now;
        let (proof, failure) = match result {
            Ok(proof) => (Some(proof), None),
            Err(failure) => (None, Some(failure)),
        };
        self.emit(event(StepPhase::Returned { failure: failure.clone(), proof: proof.clone() }));
        if let Some(failure) = failure {
            return Err(Ending::GivenUp { reason: format!("step {} failed: {failure}", step.name) });
        }
        let written = work.note(&mut self.healer, proof.and_then(|proof| proof.mechanism).as_deref());
        written.map_err(|error| Ending::Failed { reason: error.to_string() })?;
        Ok((called, returned))
    }

    fn take_effect(&mut self, work: &Work) {
        match work {
            Work::Inject(injection) => {
                self.cluster.inject(injection);
                if injection.mechanism == crate::fault::Mechanism::ShutDown {
                    let end = self.now.plus(SHUT_DOWN);
                    while !self.cluster.is_off(&injection.node) && self.now < end && self.step(Some(end)) {}
                }
            }
            Work::Heal(injections) => injections.iter().for_each(|own| self.cluster.heal(own)),
            Work::PowerOn(node) => self.cluster.switch_on(node),
            Work::Run(..) | Work::AsClient(_) | Work::Set(..) => {}
        }
    }

    /// Lets half the duration of a call pass, even if the user stops the drill.
    fn let_pass_a_call(&mut self) {
        let end = self.now.plus(Nanos(self.dice.below(CALL)));
        while self.now < end && self.step(Some(end)) {}
    }
}
