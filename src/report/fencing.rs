//! Checks whether nodes took over only from nodes that were off or had released the address.

use super::analysis::{StepDone, StepKind};
use super::counts::{HolderSegment, HolderSummary};
use super::log_events::{LogEvent, LogEventKind};
use crate::base::words::several;
use crate::fault::{self, FaultEffect};
use crate::model::drill::{Drill, StepAction};
use crate::model::{AddressName, Lab, NodeName, Origin, ServiceRole};
use crate::record::{Nanos, Verdict};

/// The data of the performed drill.
pub struct Performed<'a> {
    /// The lab.
    pub lab: &'a Lab,
    /// The drill as in its file.
    pub drill: &'a Drill,
    /// The performed steps.
    pub steps: &'a [StepDone],
    /// The log events of the nodes.
    pub log_events: &'a [LogEvent<'a>],
}

/// The delay of a node's log lines: the release of an address may be reported after the other node took it.
const LATE: Nanos = Nanos::millis(1000);

/// Why a node may take an address over from its holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leave {
    /// The holder was off: it was fenced, by any means.
    Off,
    /// The holder released it in order, by its own word or because of what was done to it.
    Given(Origin),
}

/// Whether every takeover came after the holder of the address had been switched off, or had released it in
/// order. Otherwise the holder may still run, write and answer, which fencing has to prevent. Two nodes that
/// both answer for longer than `handover` are one such takeover. The third value says whose word the result
/// is.
pub fn fenced_takeover(
    performed: &Performed<'_>,
    holders: &[HolderSummary],
    handover: Nanos,
) -> (Verdict, String, Origin) {
    if holders.iter().all(|holder| holder.asked == 0) {
        let text = "no ARP request asked for the holder of a VIP".to_owned();
        return (Verdict::Inconclusive, text, Origin::Seen);
    }
    let (mut off, mut given, mut origin) = (0, 0, Origin::Seen);
    for holder in holders {
        let address = &holder.address;
        if let Some(double) = holder.doubles.iter().find(|double| double.length.value > handover) {
            let (names, at) = (double.holders.join(" and "), double.from);
            let text = format!("{names} both answered for {address} at {at} s: neither was fenced");
            return (Verdict::Fail, text, Origin::Seen);
        }
        for pair in holder.segments.windows(2) {
            let [from, to] = pair else { continue };
            let (Some(before), Some(after)) = (&from.node, &to.node) else { continue };
            match performed.leave(from, before, to.from) {
                Some(Leave::Off) => off += 1,
                Some(Leave::Given(whose)) => {
                    given += 1;
                    origin = origin.max(whose);
                }
                None => return (Verdict::Fail, blind(address, before, after, to.from), Origin::Seen),
            }
        }
    }
    let text = match (off, given) {
        (0, 0) => "no takeover".to_owned(),
        (0, given) => format!("{} in order", several(given, "takeover")),
        (off, 0) => format!("{} from a node that was off", several(off, "takeover")),
        (off, given) => format!("{} from a node that was off, {given} in order", several(off, "takeover")),
    };
    (Verdict::Pass, text, origin)
}

fn blind(address: &AddressName, before: &NodeName, after: &NodeName, at: Nanos) -> String {
    format!("{after} took {address} over from {before} at {at} s without knowing whether {before} still ran")
}

impl Performed<'_> {
    /// Why an address could leave the node that held it in this period.
    fn leave(&self, span: &HolderSegment, node: &NodeName, at: Nanos) -> Option<Leave> {
        let meanwhile = |step: &&StepDone| step.called >= span.from && step.called <= at;
        let off = |step: &StepDone| step.node == *node && step.kind == StepKind::Off;
        if self.steps.iter().filter(meanwhile).any(off) {
            return Some(Leave::Off);
        }
        let says_so = |log_event: &LogEvent<'_>| {
            let down = matches!(&log_event.kind, LogEventKind::Mark { name } if name == "address-down");
            down && log_event.node == node && log_event.t >= span.from && log_event.t <= at.plus(LATE)
        };
        let last = self.steps.iter().rfind(meanwhile);
        if last.is_some_and(|step| self.in_order(step)) {
            return Some(Leave::Given(Origin::Seen));
        }
        self.log_events.iter().any(says_so).then_some(Leave::Given(Origin::Told))
    }

    /// Whether a step makes the holder release an address in order, where nodes do not log this: its
    /// preferred node is back, the nodes can communicate again, or a service that the cluster manager
    /// monitors is down while the manager itself works.
    fn in_order(&self, step: &StepDone) -> bool {
        match self.drill.step(&step.step).map(|step| &step.action) {
            Some(StepAction::PowerOn | StepAction::Heal) => true,
            Some(StepAction::Inject(fault)) if fault::effect(fault) == FaultEffect::InOrder => true,
            Some(StepAction::Inject(fault)) => {
                let service = fault::service(self.lab, fault);
                service.is_some_and(|service| service.role != Some(ServiceRole::ClusterManager))
            }
            Some(StepAction::Run(_) | StepAction::Set(_)) | None => false,
        }
    }
}
