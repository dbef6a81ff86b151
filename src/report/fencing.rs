//! Whether nodes took over only from such as could do no harm any more.

use super::analysis::{StepDone, StepKind};
use super::counts::{HolderSegment, HolderSummary};
use super::log_events::{LogEvent, LogEventKind};
use crate::base::words::several;
use crate::fault::{self, Effect};
use crate::model::drill::{Drill, StepAction};
use crate::model::{AddressName, Lab, NodeName, ServiceRole};
use crate::record::{Nanos, Verdict};

/// What is known of the drill that was performed.
pub struct Performed<'a> {
    /// On which lab.
    pub lab: &'a Lab,
    /// The drill as its file has it.
    pub drill: &'a Drill,
    /// What was done.
    pub steps: &'a [StepDone],
    /// What the nodes said.
    pub log_events: &'a [LogEvent<'a>],
}

/// What a node says comes a little late; it may have given the address up before the other took it, and be heard after.
const LATE: Nanos = Nanos::millis(1000);

/// Why a node may take an address over from another that held it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leave {
    /// The other was off: it was fenced, by whomever.
    Off,
    /// The other gave it up in order.
    Given,
}

/// Whether every takeover came after the node that held the address had been switched off, or had given it up in order: else it may
/// still run, write and answer, which is what fencing is for. Two that answer for longer than `handover` are one such takeover.
pub fn fenced_takeover(
    performed: &Performed<'_>,
    holders: &[HolderSummary],
    handover: Nanos,
) -> (Verdict, String) {
    if holders.iter().all(|holder| holder.asked == 0) {
        return (Verdict::Inconclusive, "no ARP request asked for the holder of a VIP".to_owned());
    }
    let (mut off, mut given) = (0, 0);
    for holder in holders {
        let address = &holder.address;
        if let Some(double) = holder.doubles.iter().find(|double| double.length.value > handover) {
            let (names, at) = (double.holders.join(" and "), double.from);
            return (
                Verdict::Fail,
                format!("{names} both answered for {address} at {at} s: neither was fenced"),
            );
        }
        for pair in holder.segments.windows(2) {
            let [from, to] = pair else { continue };
            let (Some(before), Some(after)) = (&from.node, &to.node) else { continue };
            match performed.leave(from, before, to.from) {
                Some(Leave::Off) => off += 1,
                Some(Leave::Given) => given += 1,
                None => return (Verdict::Fail, blind(address, before, after, to.from)),
            }
        }
    }
    let text = match (off, given) {
        (0, 0) => "no takeover".to_owned(),
        (0, given) => format!("{} in order", several(given, "takeover")),
        (off, 0) => format!("{} from a node that was off", several(off, "takeover")),
        (off, given) => format!("{} from a node that was off, {given} in order", several(off, "takeover")),
    };
    (Verdict::Pass, text)
}

fn blind(address: &AddressName, before: &NodeName, after: &NodeName, at: Nanos) -> String {
    format!("{after} took {address} over from {before} at {at} s without knowing whether {before} still ran")
}

impl Performed<'_> {
    /// Why an address could move away at this time from the node that held it in this span.
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
        let given = self.log_events.iter().any(says_so) || last.is_some_and(|step| self.in_order(step));
        given.then_some(Leave::Given)
    }

    /// Whether a step has the holder of an address give it up in order, where nodes do not say that they do: its preferred
    /// node is back, the nodes hear each other again, or a service that the cluster manager watches is gone while the manager
    /// itself is well.
    fn in_order(&self, step: &StepDone) -> bool {
        match self.drill.step(&step.step).map(|step| &step.action) {
            Some(StepAction::PowerOn | StepAction::Heal) => true,
            Some(StepAction::Inject(fault)) if fault::effect(fault) == Effect::InOrder => true,
            Some(StepAction::Inject(fault)) => {
                let service = fault::service(self.lab, fault);
                service.is_some_and(|service| service.role != Some(ServiceRole::ClusterManager))
            }
            None => false,
        }
    }
}
