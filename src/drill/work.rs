//! What a step comes to on one node, done on a thread of its own.

use std::io;

use super::heal::Healer;
use super::setup::Setup;
use crate::base::failure::chain;
use crate::fault::Injection;
use crate::model::NodeName;
use crate::provider::Power;
use crate::record::{Clock, Nanos, Proof};
use crate::sabotage::{heal, inject};

/// What is done to a node.
#[derive(Debug, Clone)]
pub enum Work {
    /// A fault, which is in the journal.
    Inject(Box<Injection>),
    /// Faults are healed; none, if they were already.
    Heal(Vec<Injection>),
    /// It is switched on, although no step had switched it off.
    PowerOn(NodeName),
}

impl Work {
    /// Does it, and makes sure that it happened. The time is that of the return from doing it.
    pub fn run(&self, setup: &Setup<'_>, clock: Clock) -> (Nanos, Result<Proof, String>) {
        let mut at = None;
        let mut returned = || at = Some(clock.now());
        let result = match self {
            Work::Inject(injection) => {
                let result = inject(setup.provider, injection, setup.cancel, &mut returned);
                let proof = result.map(|done| Proof { mechanism: Some(done.mechanism), seen: done.seen });
                proof.map_err(|error| chain(&error))
            }
            Work::Heal(injections) => {
                let mut seen = Vec::new();
                let healed = injections.iter().try_for_each(|injection| {
                    seen.push(heal(setup.provider, injection, &mut returned)?);
                    Ok::<_, crate::sabotage::SabotageError>(())
                });
                let proof = healed.map(|()| Proof { mechanism: None, seen: seen.join("; ") });
                proof.map_err(|error| chain(&error))
            }
            Work::PowerOn(node) => {
                let on = setup.provider.power(node, Power::On);
                returned();
                let proof = on.map(|()| Proof { mechanism: None, seen: format!("{node} is on") });
                proof.map_err(|error| chain(&error))
            }
        };
        (at.unwrap_or_else(|| clock.now()), result)
    }

    /// Notes in the journal what was done.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note(&self, healer: &mut Healer<'_>, mechanism: Option<&str>) -> io::Result<()> {
        match self {
            Work::Inject(injection) => healer.journal.confirm(&injection.id, mechanism.unwrap_or_default()),
            Work::Heal(injections) => injections.iter().try_for_each(|own| healer.journal.end(&own.id)),
            Work::PowerOn(_) => Ok(()),
        }
    }
}
