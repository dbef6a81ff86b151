//! Faults on real guests, each from the host's side where that can be.
//!
//! Nothing here touches the management network or a machine's line: [`crate::fault::measure`] names the
//! lab's own interfaces only.

mod disk;
mod echo;
mod filter;
mod inside;
mod link;
mod machine;

use super::LibvirtProvider;
use crate::fault::{Injection, Look, Measure, Wanted};
use crate::work::{Context, ProviderError};

impl LibvirtProvider {
    pub(super) fn do_fault(
        &self,
        injection: &Injection,
        context: &Context<'_>,
    ) -> Result<String, ProviderError> {
        let node = &injection.node;
        match &injection.measure {
            Measure::PowerOff => self.kill_power(node),
            Measure::ShutDown => self.shut_down(node, context),
            Measure::Crash => self.crash(node, context),
            Measure::Freeze { clock } => self.freeze(node, *clock),
            Measure::Starve { share } => self.starve(node, *share),
            Measure::Unplug { plugs } => self.set_links(node, plugs, false),
            Measure::Filter(filter) => self.filter(&injection.id, filter),
            Measure::Netem { plugs, netem } => self.hold_up(node, plugs, *netem, context),
            Measure::Throttle { disk, operations } => self.throttle(node, *disk, *operations),
            Measure::BreakDisk { disk, io } => self.break_disk(node, *disk, *io),
            Measure::Script(scripts) => self.fault_inside(node, scripts, context),
        }
    }

    pub(super) fn look_at_fault(
        &self,
        injection: &Injection,
        wanted: Wanted,
        context: &Context<'_>,
    ) -> Result<Look, ProviderError> {
        let node = &injection.node;
        let (in_force, seen) = match &injection.measure {
            Measure::PowerOff | Measure::ShutDown => self.is_off(node)?,
            Measure::Crash => self.has_crashed(node)?,
            Measure::Freeze { clock } => self.is_frozen(node, *clock)?,
            Measure::Starve { share } => return Ok(self.look_at_starving(node, *share, wanted)),
            Measure::Unplug { plugs } => return self.look_at_links(node, plugs, wanted, context),
            Measure::Filter(filter) => return self.look_at_filter(&injection.id, filter, wanted),
            // That the queue is there is not that it does what it is told.
            Measure::Netem { plugs, netem } => match self.is_held_up(node, plugs, context)? {
                (true, queue) if wanted == Wanted::InForce => {
                    let Look { holds, seen } = self.is_felt(node, plugs, *netem, context)?;
                    (holds, format!("{seen} ({queue})"))
                }
                told => told,
            },
            Measure::Throttle { disk, .. } => return self.look_at_throttle(node, *disk, wanted, context),
            Measure::BreakDisk { disk, io } => return self.look_at_disk(node, (*disk, *io), wanted, context),
            Measure::Script(scripts) => return self.look_inside(node, scripts, wanted, context),
        };
        Ok(Look { holds: in_force == (wanted == Wanted::InForce), seen })
    }

    pub(super) fn heal_fault(
        &self,
        injection: &Injection,
        context: &Context<'_>,
    ) -> Result<(), ProviderError> {
        let node = &injection.node;
        match &injection.measure {
            Measure::PowerOff | Measure::ShutDown => self.start_guest(node, context.cancel),
            Measure::Crash => self.start_again(node, context),
            Measure::Freeze { .. } => self.thaw(node),
            Measure::Starve { .. } => self.feed(node),
            Measure::Unplug { plugs } => self.set_links(node, plugs, true).map(drop),
            Measure::Filter(_) => self.unfilter(&injection.id),
            Measure::Netem { plugs, .. } => self.let_go(node, plugs, context),
            Measure::Throttle { disk, .. } => self.throttle(node, *disk, 0).map(drop),
            Measure::BreakDisk { disk, .. } => self.mend_disk(node, *disk),
            Measure::Script(scripts) => self.heal_inside(node, scripts, context),
        }
    }
}
