//! Faults inside guests, over the management network or the line.

use std::time::Duration;

use crate::fault::{Goal, Look, Scripts};
use crate::guest::Output;
use crate::inventory::GuestState;
use crate::model::NodeName;
use crate::provider::libvirt::LibvirtProvider;
use crate::provider::libvirt::configure::check;
use crate::provider::libvirt::guest::state;
use crate::work::{Context, ProviderError};

use super::machine::off;

/// Time limit of a script with KVM on an idle machine: an orderly stop of a cluster manager takes seconds.
const LIMIT: Duration = Duration::from_secs(30);

impl LibvirtProvider {
    /// Runs a script in a guest and passes on its output, regardless of its status.
    pub(super) fn ask_inside(
        &self,
        node: &NodeName,
        what: &str,
        script: &str,
        context: &Context<'_>,
    ) -> Result<Output, ProviderError> {
        let limits = self.limits(LIMIT, context);
        let result = self.run_briefly(node, script, limits);
        result.map_err(|error| self.trouble(what.to_owned(), node, LIMIT, what, error))
    }

    /// Runs a script in a guest, which must end with 0.
    pub(super) fn tell_inside(
        &self,
        node: &NodeName,
        what: &str,
        script: &str,
        context: &Context<'_>,
    ) -> Result<(), ProviderError> {
        check(what, node, &self.ask_inside(node, what, &format!("set -e\n{script}"), context)?)
    }

    fn is_running(&self, node: &NodeName) -> Result<bool, ProviderError> {
        let Some(domain) = self.find_guest(node)? else { return Ok(false) };
        Ok(state(&domain)? == GuestState::Running && self.process(node).is_some_and(|own| !own.is_stopped()))
    }

    pub(super) fn fault_inside(
        &self,
        node: &NodeName,
        scripts: &Scripts,
        context: &Context<'_>,
    ) -> Result<String, ProviderError> {
        if !self.is_running(node)? {
            return Err(off(node));
        }
        self.tell_inside(node, "the fault", &scripts.inject, context)?;
        Ok(scripts.mechanism.clone())
    }

    pub(super) fn look_inside(
        &self,
        node: &NodeName,
        scripts: &Scripts,
        wanted: Goal,
        context: &Context<'_>,
    ) -> Result<Look, ProviderError> {
        if !self.is_running(node)? {
            return Ok(Look { holds: wanted == Goal::Healed, seen: format!("{node} does not run") });
        }
        let (what, script) = match wanted {
            Goal::InForce => ("the proof of the fault", &scripts.proof),
            Goal::Healed => ("the proof that it is healed", &scripts.healed),
        };
        let output = self.ask_inside(node, what, script, context)?;
        let seen = output.tail(3).trim().replace('\n', "; ");
        Ok(Look { holds: output.status == 0, seen })
    }

    pub(super) fn heal_inside(
        &self,
        node: &NodeName,
        scripts: &Scripts,
        context: &Context<'_>,
    ) -> Result<(), ProviderError> {
        if self.is_running(node)? {
            self.tell_inside(node, "healing", &scripts.heal, context)?;
        }
        let Some(script) = &scripts.heal_others else { return Ok(()) };
        let others = crate::provider::libvirt::seed::find(&self.host.folder())?;
        for other in others.keys().filter(|other| *other != node) {
            if self.is_running(other)? {
                self.tell_inside(other, "healing", script, context)?;
            }
        }
        Ok(())
    }
}
