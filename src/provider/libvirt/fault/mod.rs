//! Faults on real guests, injected on the host where possible.
//!
//! Nothing here affects the management network or a machine's line: [`crate::fault::measure`] names only the
//! networks of the lab file.

mod disk;
pub(crate) mod echo;
mod filter;
mod inside;
mod link;
mod machine;

use super::LibvirtProvider;
use crate::fault::{Goal, Injection, Look, Mechanism};
use crate::work::{Context, ProviderError};

impl LibvirtProvider {
    pub(super) fn do_fault(
        &self,
        injection: &Injection,
        context: &Context<'_>,
    ) -> Result<String, ProviderError> {
        let node = &injection.node;
        match &injection.mechanism {
            Mechanism::PowerOff => self.kill_power(node),
            Mechanism::ShutDown => self.shut_down(node, context),
            Mechanism::Crash => self.crash(node, context),
            Mechanism::Freeze { clock } => self.freeze(node, *clock),
            Mechanism::Starve { share } => self.starve(node, *share),
            Mechanism::Unplug { plugs } => self.set_links(node, plugs, false),
            Mechanism::Filter(filter) => self.filter(&injection.id, filter),
            Mechanism::Netem { plugs, netem } => self.hold_up(node, plugs, *netem, context),
            Mechanism::Throttle { disk, operations } => self.throttle(node, *disk, *operations),
            Mechanism::BreakDisk { disk, io } => self.break_disk(node, *disk, *io),
            Mechanism::Script(scripts) => self.fault_inside(node, scripts, context),
        }
    }

    pub(super) fn look_at_fault(
        &self,
        injection: &Injection,
        wanted: Goal,
        context: &Context<'_>,
    ) -> Result<Look, ProviderError> {
        let node = &injection.node;
        let (in_force, seen) = match &injection.mechanism {
            Mechanism::PowerOff | Mechanism::ShutDown => self.is_off(node)?,
            Mechanism::Crash => self.has_crashed(node)?,
            Mechanism::Freeze { clock } => self.is_frozen(node, *clock)?,
            Mechanism::Starve { share } => return Ok(self.look_at_starving(node, *share, wanted)),
            Mechanism::Unplug { plugs } => return self.look_at_links(node, plugs, wanted, context),
            Mechanism::Filter(filter) => return self.look_at_filter(&injection.id, filter, wanted),
            // The presence of the queue does not prove its effect.
            Mechanism::Netem { plugs, netem } => match self.is_held_up(node, plugs, context)? {
                (true, queue) if wanted == Goal::InForce => {
                    let Look { holds, seen } = self.is_felt(node, plugs, *netem, context)?;
                    (holds, format!("{seen} ({queue})"))
                }
                told => told,
            },
            Mechanism::Throttle { disk, .. } => return self.look_at_throttle(node, *disk, wanted, context),
            Mechanism::BreakDisk { disk, io } => {
                return self.look_at_disk(node, (*disk, *io), wanted, context);
            }
            Mechanism::Script(scripts) => return self.look_inside(node, scripts, wanted, context),
        };
        Ok(Look { holds: in_force == (wanted == Goal::InForce), seen })
    }

    pub(super) fn heal_fault(
        &self,
        injection: &Injection,
        context: &Context<'_>,
    ) -> Result<(), ProviderError> {
        let node = &injection.node;
        match &injection.mechanism {
            Mechanism::PowerOff | Mechanism::ShutDown => self.start_guest(node, context.cancel),
            Mechanism::Crash => self.start_again(node, context),
            Mechanism::Freeze { .. } => self.thaw(node),
            Mechanism::Starve { .. } => self.feed(node),
            Mechanism::Unplug { plugs } => self.set_links(node, plugs, true).map(drop),
            Mechanism::Filter(_) => self.unfilter(&injection.id),
            Mechanism::Netem { plugs, .. } => self.let_go(node, plugs, context),
            Mechanism::Throttle { disk, .. } => self.throttle(node, *disk, 0).map(drop),
            Mechanism::BreakDisk { disk, .. } => self.mend_disk(node, *disk),
            Mechanism::Script(scripts) => self.heal_inside(node, scripts, context),
        }
    }
}
