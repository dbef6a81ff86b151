//! Faults on a simulated host: those in force, and those that end with the power of their node.

use super::world::World;
use crate::fault::{Goal, Injection, Look, Mechanism};
use crate::inventory::GuestState;
use crate::model::NodeName;
use crate::model::fault::PauseClock;
use crate::plan::Action;
use crate::work::ProviderError;

impl World {
    fn state(&self, node: &NodeName) -> Option<GuestState> {
        self.guests.get(node).map(|guest| guest.found.state)
    }

    fn set_state(&mut self, node: &NodeName, state: GuestState) {
        if let Some(guest) = self.guests.get_mut(node) {
            guest.found.state = state;
        }
    }

    pub(super) fn inject(&mut self, injection: &Injection) -> Result<(), ProviderError> {
        let node = &injection.node;
        if self.injections.contains_key(&injection.id) {
            return Ok(());
        }
        let off = !matches!(self.state(node), Some(GuestState::Running));
        match &injection.mechanism {
            Mechanism::Filter(_) => {}
            Mechanism::PowerOff | Mechanism::ShutDown => self.stop(node)?,
            _ if off => {
                return Err(ProviderError::Host {
                    what: format!("nothing can be done to {node}"),
                    source: "it does not run".into(),
                });
            }
            Mechanism::Freeze { clock: PauseClock::Frozen } => self.set_state(node, GuestState::Paused),
            Mechanism::Freeze { clock: PauseClock::Running } => self.set_state(node, GuestState::Frozen),
            _ => {}
        }
        self.injections.insert(injection.id.clone(), injection.clone());
        Ok(())
    }

    pub(super) fn look(&self, injection: &Injection, wanted: Goal) -> Look {
        let in_force = self.injections.contains_key(&injection.id);
        let seen = format!("{injection} {}", if in_force { "is in force" } else { "is not in force" });
        Look { holds: in_force == (wanted == Goal::InForce), seen }
    }

    pub(super) fn heal(&mut self, injection: &Injection) -> Result<(), ProviderError> {
        let node = &injection.node;
        match &injection.mechanism {
            Mechanism::Crash => {
                self.stop(node)?;
                self.start(&Action::StartGuest(node.clone()), node)?;
            }
            Mechanism::PowerOff | Mechanism::ShutDown => {
                self.start(&Action::StartGuest(node.clone()), node)?
            }
            Mechanism::Freeze { .. }
                if matches!(self.state(node), Some(GuestState::Paused | GuestState::Frozen)) =>
            {
                self.set_state(node, GuestState::Running);
            }
            _ => {}
        }
        self.injections.remove(&injection.id);
        Ok(())
    }

    /// Ends the faults that do not survive a power-off of the node.
    pub(super) fn power_went(&mut self, node: &NodeName) {
        self.injections.retain(|_, own| own.node != *node || !own.mechanism.ends_with_power());
    }
}
