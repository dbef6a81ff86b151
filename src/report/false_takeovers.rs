//! False takeovers: the cluster declared a running node dead.
//!
//! On an overloaded machine guests wait so long for a processor that a healthy node misses its heartbeats.
//! The takeover that follows is real, but the drill did not cause it, so nothing measured near it is a figure
//! of a failover. There are three signs, each without a fault of the drill that explains it: a node's log
//! line, an address that moves, and an announcement of an address by a node other than its holder.

use super::analysis::{FalseTakeover, StepDone, StepKind};
use super::counts::HolderSegment;
use super::holder::segments;
use super::index::Index;
use super::log_events::{LogEvent, LogEventKind};
use crate::model::{AddressName, NodeName, Source};
use crate::record::{Nanos, Stage, What};

/// A node whose power was cut may still seem to answer this long, because its last answer was in transit.
const LAST_ANSWER: Nanos = Nanos::millis(500);

/// If an address moves, it does so within this time after its holder was declared dead.
const TAKEOVER: Nanos = Nanos::millis(60_000);

/// Requests that fail because of a takeover fail this close to a sign of it: log lines are delayed.
const NEAR: Nanos = Nanos::millis(2000);

/// Finds the false takeovers of a record, in the order of their times.
///
/// Signs before the lab was found healthy are ignored: a node may still be recovering from an earlier drill.
pub fn false_takeovers(
    index: &Index<'_>,
    steps: &[StepDone],
    log_events: &[LogEvent<'_>],
) -> Vec<FalseTakeover> {
    let Some(from) = baseline(index) else { return Vec::new() };
    let mut judge = Judge { steps, found: Vec::new() };
    for log_event in log_events.iter().filter(|log_event| log_event.t >= from && !log_event.earlier) {
        let LogEventKind::Detected { peer } = &log_event.kind else { continue };
        // Heartbeat writes the same line about an address that it pings, which is not a node of the lab.
        let nodes = &index.record.header.lab.nodes;
        let Some(peer) = nodes.iter().find(|node| node.name.as_str() == peer) else { continue };
        let same = |other: &&LogEvent<'_>| other.node == log_event.node && other.kind == log_event.kind;
        let before = log_events.iter().filter(same).filter(|other| other.t < log_event.t);
        judge.taken_for_dead(&peer.name, log_event, before.map(|other| other.t).max());
    }
    for address in index.record.header.drill.addresses() {
        let changes = changes(index, address);
        changes.iter().filter(|change| change.at >= from).for_each(|change| judge.moved(change));
    }
    judge.found.sort_by_key(|takeover| takeover.at);
    judge.found
}

fn baseline(index: &Index<'_>) -> Option<Nanos> {
    let events = &index.record.events;
    let begins = What::Stage { stage: Stage::Baseline };
    events.iter().find(|event| event.what == begins).map(|event| event.t)
}

impl FalseTakeover {
    /// Whether an outage in this period coincides with it.
    pub fn meets(&self, began: Nanos, ended: Nanos) -> bool {
        self.signs.iter().any(|sign| sign.plus(NEAR) >= began && *sign <= ended.plus(NEAR))
    }

    /// Whether a log line belongs to it.
    pub fn tells(&self, log_event: &LogEvent<'_>) -> bool {
        let until = self.signs.iter().max().copied().unwrap_or(self.at);
        [&self.by, &self.node].contains(&log_event.node) && log_event.t >= self.at && log_event.t <= until
    }
}

/// A move of an address from one node to another, observed or announced.
struct Change {
    at: Nanos,
    from: NodeName,
    /// When the previous holder last answered for it.
    last_answer: Nanos,
    to: NodeName,
    /// When the new holder had last answered for it before; `None` if never.
    held_before: Option<Nanos>,
}

/// The moves of an address, from queries and announcements.
fn changes(index: &Index<'_>, address: &AddressName) -> Vec<Change> {
    let segments = segments(index.rounds_of(address));
    let moved = segments.iter().filter_map(|segment| change(&segments, segment.from, segment.node.as_ref()?));
    let announced = index.record.events.iter().filter_map(|event| match &event.what {
        What::Announced { address: of, node: Some(node), .. } if of == address => {
            change(&segments, event.t, node)
        }
        _ => None,
    });
    let mut changes: Vec<Change> = moved.chain(announced).collect();
    changes.sort_by_key(|change| change.at);
    changes
}

/// The move, if any, when a node has an address from this time on; `None` if the node had it already, or no
/// node had.
fn change(segments: &[HolderSegment], at: Nanos, to: &NodeName) -> Option<Change> {
    let earlier = segments.get(..segments.partition_point(|segment| segment.from < at))?;
    let before = earlier.last()?;
    let from = before.node.as_ref().filter(|node| *node != to)?;
    let own = earlier.iter().rfind(|segment| segment.node.as_ref() == Some(to));
    Some(Change {
        at,
        from: from.clone(),
        last_answer: before.to,
        to: to.clone(),
        held_before: own.map(|segment| segment.to),
    })
}

/// Compares each sign with the faults of the drill.
struct Judge<'a> {
    steps: &'a [StepDone],
    found: Vec<FalseTakeover>,
}

impl Judge<'_> {
    fn last(&self, kind: StepKind, node: &NodeName, until: Nanos) -> Option<&StepDone> {
        let own = |step: &&StepDone| step.kind == kind && step.node == *node && step.called <= until;
        self.steps.iter().rfind(own)
    }

    /// Whether a fault of the drill disturbs the contact of two nodes at a time, or did so shortly before.
    /// Both may then declare the other dead, during the fault and when they meet again.
    fn disturbed(&self, one: &NodeName, other: &NodeName, at: Nanos) -> bool {
        self.steps.iter().any(|step| {
            step.kind == StepKind::Contact
                && [one, other].contains(&&step.node)
                && step.called <= at
                && step.healed.is_none_or(|healed| at <= healed.plus(TAKEOVER))
        })
    }

    /// Handles a log line that declares a peer dead; `before` is the previous one.
    fn taken_for_dead(&mut self, peer: &NodeName, log_event: &LogEvent<'_>, before: Option<Nanos>) {
        let cut = self.last(StepKind::Off, peer, log_event.t);
        let on = self.last(StepKind::On, peer, log_event.t);
        let explained = self.disturbed(peer, log_event.node, log_event.t)
            || cut.is_some_and(|cut| {
                // A peer that is on again may be declared dead only now, but not twice for one cut.
                let still_off = on.is_none_or(|on| on.called < cut.called);
                still_off || before.is_none_or(|before| before < cut.called)
            });
        if !explained {
            self.add(peer, log_event.node, log_event.t, Source::Told);
        }
    }

    fn moved(&mut self, change: &Change) {
        let Change { at, from, to, .. } = change;
        let off = self.last(StepKind::Off, from, *at);
        // A node that is shut down in order releases the address some time after the request.
        if off.is_some_and(|off| !off.is_power_cut() || change.last_answer <= off.latest.plus(LAST_ANSWER)) {
            return;
        }
        if self.disturbed(from, to, *at) {
            return;
        }
        if let Some(takeover) = self.begun(to, from, *at).filter(|takeover| at.since(takeover.at) < TAKEOVER)
        {
            takeover.signs.push(*at);
            return;
        }
        let on = self.last(StepKind::On, to, *at);
        if on.is_some_and(|on| change.held_before.is_none_or(|held| held < on.called)) {
            return;
        }
        // The node that had been declared dead has it back: this ends the same takeover.
        match self.begun(from, to, *at) {
            Some(takeover) => takeover.signs.push(*at),
            None => self.add(from, to, *at, Source::Wire),
        }
    }

    /// The latest false takeover by one node from another that had begun by a time.
    fn begun(&mut self, by: &NodeName, node: &NodeName, at: Nanos) -> Option<&mut FalseTakeover> {
        let same =
            |takeover: &&mut FalseTakeover| takeover.by == *by && takeover.node == *node && takeover.at <= at;
        self.found.iter_mut().filter(same).max_by_key(|takeover| takeover.at)
    }

    fn add(&mut self, node: &NodeName, by: &NodeName, at: Nanos, source: Source) {
        let (node, by, origin) = (node.clone(), by.clone(), source.origin());
        self.found.push(FalseTakeover { node, by, at, source, origin, signs: vec![at] });
    }
}
