//! Doing the steps: each when it is time, to the node that has the role then.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::arp::Holders;
use super::engine::{Engine, chain};
use super::live::Live;
use super::stages::fresh;
use crate::inventory::GuestState;
use crate::model::drill::{Signal, Step, StepAction, Target, Trigger};
use crate::model::{AddressName, Manager, NodeName, StepName};
use crate::provider::{Power, Provider};
use crate::record::{Clock, Ending, Event, Nanos, StepPhase, What};

/// How long a machine may take to be seen in the state that it was switched to.
const VERIFY_LIMIT: Duration = Duration::from_secs(5);

/// Between two looks at it.
const VERIFY_PAUSE: Duration = Duration::from_millis(50);

/// A step that was done.
struct Done {
    node: NodeName,
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
        let node = match self.target(&step.target, done) {
            Ok(node) => node,
            Err(reason) => return Err(self.missed(step, &reason)),
        };
        let power = match step.action {
            StepAction::PowerCut => {
                let written = self.healer.will_cut(&node);
                written.map_err(|error| Ending::Failed { reason: error.to_string() })?;
                Power::Cut
            }
            StepAction::PowerOn => Power::On,
        };
        let (provider, clock, switched) = (self.setup.provider, self.pump.clock, node.clone());
        let name = &step.name;
        let event = |phase| What::Step { step: name.clone(), node: node.clone(), phase };
        let called = clock.now();
        self.pump.pass(&Event { t: called, what: event(StepPhase::Called) });
        let thread = self.scope.spawn(move || switch(provider, &switched, power, clock));
        let (returned, result) = self.pump.join(thread, "switching power")?;
        let failure = result.err();
        let phase = StepPhase::Returned { failure: failure.clone() };
        self.pump.pass(&Event { t: returned, what: event(phase) });
        if let Some(failure) = failure {
            return Err(Ending::GivenUp { reason: format!("step {name} failed: {failure}") });
        }
        if power == Power::On {
            self.healer.is_on(&node).map_err(|error| Ending::Failed { reason: error.to_string() })?;
        }
        Ok(Done { node, called, returned })
    }

    fn target(&self, target: &Target, done: &BTreeMap<StepName, Done>) -> Result<NodeName, String> {
        match target {
            Target::Node(node) => Ok(node.clone()),
            Target::Step(step) => {
                done.get(step).map(|done| done.node.clone()).ok_or_else(|| format!("{step} was not done"))
            }
            Target::Holder(address) => {
                let held = self.holders.of(address).filter(|(_, at)| fresh(&self.pump.clock, *at));
                held.map(|(node, _)| node).ok_or_else(|| format!("nobody answers for {address}"))
            }
            Target::Preferred(address) => {
                let manager = Manager::of(self.setup.lab, address).map(|manager| manager.preferred().clone());
                manager.ok_or_else(|| format!("it is not known where {address} is to be"))
            }
        }
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
                .is_some_and(|(node, at)| node != last.node && at > last.returned),
            Signal::ServiceRestored => self.live.restored_since(last.called),
        }
    }
}

/// Switches power, and makes sure that it happened. The time is that of the switch's return.
fn switch(
    provider: &dyn Provider,
    node: &NodeName,
    power: Power,
    clock: Clock,
) -> (Nanos, Result<(), String>) {
    let switched = provider.power(node, power);
    let returned = clock.now();
    let verified = match switched {
        Ok(()) => verify(provider, node, power),
        Err(error) => Err(chain(&error)),
    };
    (returned, verified)
}

fn verify(provider: &dyn Provider, node: &NodeName, power: Power) -> Result<(), String> {
    let until = Instant::now() + VERIFY_LIMIT;
    loop {
        let inventory = provider.inventory().map_err(|error| chain(&error))?;
        let state = inventory.guests.get(node).map(|guest| guest.state);
        let as_wanted = match power {
            Power::Cut => matches!(state, Some(GuestState::Off | GuestState::Crashed)),
            Power::On => state == Some(GuestState::Running),
        };
        if as_wanted {
            return Ok(());
        }
        if Instant::now() >= until {
            return Err(format!("{node} was switched and is seen as {state:?}"));
        }
        std::thread::sleep(VERIFY_PAUSE);
    }
}
