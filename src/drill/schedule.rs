//! When steps are due.

use std::collections::BTreeMap;

use super::live::Live;
use crate::model::drill::{Signal, Step, Trigger};
use crate::model::{NodeName, StepName};
use crate::record::Nanos;

/// A completed step.
pub struct Done {
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
    /// Whether the step at this index is due, or can no longer become due.
    pub fn next(&self, place: usize, waiting: &mut Waiting<'_>) -> Option<Next> {
        let due = match &waiting.step.trigger {
            Trigger::At(at) => Some(self.begun.plus(Nanos::from(*at))),
            Trigger::After { step, delay } => {
                self.done.get(step).map(|done| done.returned.plus(Nanos::from(*delay)))
            }
            Trigger::When { signal, delay, within } => {
                // The signal has to follow the last action.
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
                .holder
                .as_ref()
                .is_some_and(|(node, at)| !last.nodes.contains(node) && *at > last.returned),
            Signal::ServiceRestored => self.live.restored_since(last.called),
            Signal::Promoted
            | Signal::Demoted
            | Signal::ResyncStarted
            | Signal::Resynced
            | Signal::Detected => self.live.signs.seen_since(signal, last.called),
        }
    }
}
