//! Evaluates the inspections of nodes before the first step and after the last.

use std::net::Ipv4Addr;

use super::holder::holder_at;
use super::index::Index;
use crate::model::NodeName;
use crate::record::{Facts, Moment, Nanos, Verdict, What};

/// The tolerated error of a clock. A booting machine gets its time from a clock with whole seconds.
const CLOCK: Nanos = Nanos::millis(2000);

/// The facts that a node reported, or the reason why it reported none.
type Said<'a> = (&'a NodeName, Result<&'a Facts, &'a str>);

fn said<'a>(index: &Index<'a>, wanted: Moment) -> Vec<Said<'a>> {
    let one = |what: &'a What| match what {
        What::Inspected { node, moment, facts, failure } if *moment == wanted => {
            let why = failure.as_deref().unwrap_or("no answer");
            Some((node, facts.as_ref().ok_or(why)))
        }
        _ => None,
    };
    index.record.events.iter().filter_map(|event| one(&event.what)).collect()
}

/// The facts of all nodes at the end; an error if one is missing, because then nothing can be concluded.
fn all_after<'a>(index: &Index<'a>) -> Result<Vec<(&'a NodeName, &'a Facts)>, String> {
    let said = said(index, Moment::After);
    if said.is_empty() {
        return Err("no node was looked at".to_owned());
    }
    let known = said.into_iter().map(|(node, facts)| match facts {
        Ok(facts) => Ok((node, facts)),
        Err(why) => Err(format!("{node} could not be looked at: {why}")),
    });
    known.collect()
}

/// Whether only the holder of a virtual address has the address and its resources.
pub fn released(index: &Index<'_>) -> (Verdict, String) {
    let nodes = match all_after(index) {
        Ok(nodes) => nodes,
        Err(why) => return (Verdict::Inconclusive, why),
    };
    let lab = &index.record.header.lab;
    for name in index.record.header.drill.addresses() {
        let Some(address) = lab.address(name) else { continue };
        let Some(holder) = holder_at(index.rounds_of(name), index.last) else {
            return (Verdict::Inconclusive, format!("no node answered for {name} at the end"));
        };
        if let Some(keeper) = keeper(&nodes, address.ip, holder) {
            return (Verdict::Fail, format!("{keeper} still has the address {name}, which {holder} holds"));
        }
    }
    let mounted: Vec<&str> =
        nodes.iter().filter(|(_, facts)| !facts.mounted.is_empty()).map(|(node, _)| node.as_str()).collect();
    match mounted.as_slice() {
        [] | [_] => {
            (Verdict::Pass, "the nodes that do not hold the address have let go of everything".to_owned())
        }
        several => (Verdict::Fail, format!("{} have the mirrored disk mounted", several.join(" and "))),
    }
}

fn keeper<'a>(nodes: &[(&'a NodeName, &Facts)], ip: Ipv4Addr, holder: &NodeName) -> Option<&'a NodeName> {
    nodes.iter().find(|(node, facts)| *node != holder && facts.addresses.contains(&ip)).map(|(node, _)| *node)
}

/// Whether no node took damage. Complaints from before the drill are not counted.
pub fn no_collateral(index: &Index<'_>) -> (Verdict, String) {
    let nodes = match all_after(index) {
        Ok(nodes) => nodes,
        Err(why) => return (Verdict::Inconclusive, why),
    };
    let before = said(index, Moment::Before);
    for (node, facts) in &nodes {
        let earlier = before.iter().find(|(other, _)| other == node).and_then(|(_, facts)| facts.ok());
        let old = |line: &&String| earlier.is_some_and(|facts| facts.complaints.contains(line));
        if let Some(complaint) = facts.complaints.iter().find(|line| !old(line)) {
            return (Verdict::Fail, format!("{node} complains: {complaint}"));
        }
        let was_full = |mount: &&String| earlier.is_some_and(|facts| facts.full.contains(mount));
        if let Some(mount) = facts.full.iter().find(|mount| !was_full(mount)) {
            return (Verdict::Fail, format!("no room is left in {mount} of {node}"));
        }
        let clock = facts.clock;
        if clock.distance > CLOCK.plus(clock.error) {
            return (Verdict::Fail, format!("the clock of {node} is wrong by {} s", clock.distance));
        }
    }
    (Verdict::Pass, format!("none of {} nodes was harmed", nodes.len()))
}
