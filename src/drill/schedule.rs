//! When steps are due.

use std::collections::BTreeMap;

use super::live::Live;
use crate::model::drill::{Signal, Step, Trigger};
use crate::model::{NodeName, StepName};
use crate::record::Nanos;

/// A completed step.
pub struct Done {
    /// The nodes that it was done to; none if a client did it.
    pub nodes: Vec<NodeName>,
    pub called: Nanos,
    pub returned: Nanos,
}

/// A pending step.
pub struct Waiting<'a> {
    pub step: &'a Step,
    pub jitter: Nanos,
    /// When its signal was seen.
    pub signalled: Option<Nanos>,
}

/// The next action.
pub enum Next {
    Do(usize),
    Missed(usize),
}

/// The state that decides when a step is due.
pub struct Scene<'a> {
    /// When the steps began.
    pub begun: Nanos,
    pub now: Nanos,
    pub done: &'a BTreeMap<StepName, Done>,
    pub live: &'a Live,
    /// The node that last answered for the address of the service, and when.
    pub holder: Option<(NodeName, Nanos)>,
}

impl Scene<'_> {
    /// When the next look at a step can have another result although nothing happens: the step is due then,
    /// or has waited too long.
    pub fn next_look(&self, waiting: &Waiting<'_>) -> Option<Nanos> {
        if let (Trigger::When { within, .. }, None) = (&waiting.step.trigger, waiting.signalled) {
            let last = self.done.values().map(|done| done.returned).max()?;
            return Some(last.plus(Nanos::from(*within)).plus(Nanos(1)));
        }
        self.due(waiting)
    }

    /// When a step will be due, if that depends on time alone from now on.
    fn due(&self, waiting: &Waiting<'_>) -> Option<Nanos> {
        let due = match &waiting.step.trigger {
            Trigger::At(at) => Some(self.begun.plus(Nanos::from(*at))),
            Trigger::After { step, delay } => {
                self.done.get(step).map(|done| done.returned.plus(Nanos::from(*delay)))
            }
            Trigger::When { delay, .. } => waiting.signalled.map(|at| at.plus(Nanos::from(*delay))),
        };
        Some(due?.plus(waiting.jitter))
    }

    /// Whether the step at this index is due, or can no longer become due.
    pub fn next(&self, place: usize, waiting: &mut Waiting<'_>) -> Option<Next> {
        if let Trigger::When { signal, within, .. } = &waiting.step.trigger {
            // The signal has to follow the last action.
            let last = self.done.values().max_by_key(|done| done.returned)?;
            if waiting.signalled.is_none() && self.happened(*signal, last) {
                waiting.signalled = Some(self.now);
            }
            if waiting.signalled.is_none() && self.now.since(last.returned) > Nanos::from(*within) {
                return Some(Next::Missed(place));
            }
        }
        self.due(waiting).filter(|due| *due <= self.now).map(|_| Next::Do(place))
    }

    fn happened(&self, signal: Signal, last: &Done) -> bool {
        match signal {
            Signal::AddressMoved => {
                // A client moves no address.
                let hit = self.done.values().filter(|done| !done.nodes.is_empty());
                let hit = hit.max_by_key(|done| done.returned);
                let moved = |(node, at): &(NodeName, Nanos), hit: &Done| {
                    !hit.nodes.contains(node) && *at > hit.returned
                };
                self.holder.as_ref().zip(hit).is_some_and(|(holder, hit)| moved(holder, hit))
            }
            Signal::ServiceRestored => self.live.restored_since(last.called),
            Signal::Promoted
            | Signal::Demoted
            | Signal::ResyncStarted
            | Signal::Resynced
            | Signal::Detected => self.live.signs.seen_since(signal, last.called),
        }
    }
}
