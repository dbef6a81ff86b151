//! Evaluates the invariants of a drill.

use super::counts::InvariantResult;
use super::fencing::Performed;
use super::holder::holder_at;
use super::verdict::Evidence;
use super::{fencing, inspection, mirror, replicas};
use crate::base::words::several;
use crate::model::drill::Invariant;
use crate::model::{AddressName, Manager, Millis, NodeName, Origin};
use crate::record::{Nanos, Verdict};

impl Evidence<'_> {
    /// The drill's invariants, each with the observation.
    pub fn invariants(&self) -> Vec<InvariantResult> {
        let result = |invariant: &Invariant| {
            let seen = |(verdict, text)| (verdict, text, Origin::Seen);
            let told = |(verdict, text)| (verdict, text, Origin::Told);
            let (verdict, text, origin) = match invariant {
                Invariant::OneHolder => seen(self.one_holder()),
                Invariant::AcknowledgedWrites => told(self.acknowledged()),
                Invariant::FailbackAsDeclared => seen(self.failback()),
                Invariant::ReplicasEqual => told(replicas::equal(self.index)),
                Invariant::OnePrimary => told(mirror::one_primary(self.index, self.steps)),
                Invariant::NoSplitBrain => told(mirror::no_split_brain(self.index)),
                Invariant::DisksEqual => seen(mirror::disks_equal(self.index)),
                Invariant::Released => told(inspection::released(self.index)),
                Invariant::NoCollateral => told(inspection::no_collateral(self.index)),
                Invariant::FencedTakeover => self.fenced_takeover(),
            };
            let expected_violation = self.drill().expected_violations.contains(invariant);
            let (verdict, text) = match verdict {
                Verdict::Fail if expected_violation => (Verdict::Pass, text),
                Verdict::Pass if expected_violation => {
                    (Verdict::Fail, format!("a violation was expected and did not occur: {text}"))
                }
                verdict => (verdict, text),
            };
            InvariantResult { invariant: *invariant, verdict, text, expected_violation, origin }
        };
        self.drill().invariants.iter().map(result).collect()
    }

    fn one_holder(&self) -> (Verdict, String) {
        let handover = Nanos::from(self.drill().handover.unwrap_or(Millis(0)));
        let (mut handovers, mut longest) = (0, Nanos(0));
        // The drill waits for a steady state; violations before it are not caused by the drill and prove
        // nothing.
        let baseline = self.index.baseline();
        let mut unsteady = None;
        for holder in self.holders {
            let (allowed, doubles): (Vec<_>, Vec<_>) =
                holder.doubles.iter().partition(|double| double.length.value <= handover);
            let (before, doubles): (Vec<_>, Vec<_>) =
                doubles.into_iter().partition(|double| double.from.plus(double.length.value) < baseline);
            unsteady = unsteady.or(before.first().map(|double| {
                let (names, from) = (double.holders.join(" and "), double.from);
                format!("{names} both answered for {} at {from} s, before the baseline began", holder.address)
            }));
            handovers += allowed.len();
            longest = allowed.iter().map(|double| double.length.value).fold(longest, Nanos::max);
            if let Some(double) = doubles.first() {
                let (names, length) = (double.holders.join(" and "), double.length.value);
                let (address, from, times) = (&holder.address, double.from, doubles.len());
                let more = if times > 1 { format!(", the first of {times} times") } else { String::new() };
                return (
                    Verdict::Fail,
                    format!("{names} both answered for {address} at {from} s, for {length} s{more}"),
                );
            }
            if let Some(stranger) = holder.segments.iter().find(|segment| segment.node.is_none()) {
                let (mac, address) = (stranger.mac, &holder.address);
                return (
                    Verdict::Fail,
                    format!("{mac}, which belongs to no node of the lab, answered for {address}"),
                );
            }
        }
        if let Some(unsteady) = unsteady {
            return (Verdict::Inconclusive, unsteady);
        }
        let asked: usize = self.holders.iter().map(|holder| holder.asked).sum();
        let kept = format!("one holder at a time in {asked} ARP requests");
        match (asked, handovers) {
            (0, _) => (Verdict::Inconclusive, "no ARP request asked for the holder of a VIP".to_owned()),
            (_, 0) => (Verdict::Pass, kept),
            _ => (
                Verdict::Pass,
                format!(
                    "{kept}, except {}, the longest of {longest} s",
                    several(handovers, "short handover")
                ),
            ),
        }
    }

    fn fenced_takeover(&self) -> (Verdict, String, Origin) {
        let (lab, drill) = (&self.index.record.header.lab, self.drill());
        let performed = Performed { lab, drill, steps: self.steps, log_events: self.log_events };
        let handover = Nanos::from(self.drill().handover.unwrap_or(Millis(0)));
        fencing::fenced_takeover(&performed, self.holders, handover)
    }

    fn acknowledged(&self) -> (Verdict, String) {
        for writes in self.writes {
            if let Some(reason) = &writes.unread {
                return (Verdict::Inconclusive, format!("{}: {reason}", writes.load));
            }
            let wrong = [
                (&writes.lost, "acknowledged and not there"),
                (&writes.impossible, "there although it never reached a server"),
                (&writes.foreign, "there although no client had requested it"),
            ];
            for (ids, what) in wrong {
                if let Some(first) = ids.first() {
                    let load = &writes.load;
                    let more = match ids.len() - 1 {
                        0 => String::new(),
                        more => format!(", and {more} more"),
                    };
                    return (Verdict::Fail, format!("{load}: write {first} was {what}{more}"));
                }
            }
        }
        let acknowledged: usize = self.writes.iter().map(|writes| writes.acknowledged).sum();
        match acknowledged {
            0 => (Verdict::Inconclusive, "no write was acknowledged".to_owned()),
            _ => (Verdict::Pass, format!("all {acknowledged} acknowledged writes are there")),
        }
    }

    fn failback(&self) -> (Verdict, String) {
        let drill = self.drill();
        let Some(service) = drill.service() else {
            return (Verdict::Inconclusive, "the drill asks for no service".to_owned());
        };
        let Some(manager) = Manager::of(&self.index.record.header.lab, &service.address) else {
            return (
                Verdict::Inconclusive,
                format!("no cluster manager is known to move {}", service.address),
            );
        };
        let rounds = self.index.rounds_of(&service.address);
        let Some(at) = holder_at(rounds, self.index.last) else {
            return (Verdict::Inconclusive, format!("no node answered for {} at the end", service.address));
        };
        let before = self.steps.first().and_then(|step| holder_at(rounds, step.called));
        self.at_its_place(&manager, before, at, &service.address)
    }

    fn at_its_place(
        &self,
        manager: &Manager,
        before: Option<&NodeName>,
        at: &NodeName,
        address: &AddressName,
    ) -> (Verdict, String) {
        let preferred = manager.preferred();
        match (manager.fails_back, at == preferred) {
            (true, true) => (Verdict::Pass, format!("{address} is back on {at}, as configured")),
            // After a false takeover, the position of the address says nothing about failback.
            (true, false) | (false, true) if !self.false_takeovers.is_empty() => {
                (Verdict::Inconclusive, format!("{address} is on {at} after a false failover"))
            }
            (true, false) => {
                (Verdict::Fail, format!("{address} is on {at} at the end, not on {preferred} as configured"))
            }
            (false, true) if before == Some(preferred) && self.steps.iter().any(|step| step.held) => {
                (Verdict::Fail, format!("{address} went back to {at}, although the lab is configured not to"))
            }
            (false, _) => (Verdict::Pass, format!("{address} stayed on {at}, as configured")),
        }
    }
}
