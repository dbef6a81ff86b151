//! Evaluates DRBD's mirror: primary roles over time, split brain, and whether both disks are equal.

use std::collections::BTreeMap;

use super::analysis::{StepDone, StepKind};
use super::index::{Index, LogLine};
use crate::model::{Mirror, NodeName};
use crate::record::{Nanos, Stream, Verdict, What};

/// A node's demotion may be reported after another's promotion although it came before: the lines of both
/// pass through guests that are busy at that moment.
const LATE: Nanos = Nanos::millis(1000);

/// A period in which a node reported to be primary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reign {
    from: Nanos,
    to: Nanos,
}

/// Whether at most one node was primary at any time.
pub fn one_primary(index: &Index<'_>, steps: &[StepDone]) -> (Verdict, String) {
    let reigns = reigns(index, steps);
    if reigns.is_empty() {
        return (Verdict::Inconclusive, "no node reported to be primary".to_owned());
    }
    let mirrors = index.record.header.lab.mirrors();
    let mut worst: Option<(Nanos, String)> = None;
    for (place, ((one, mirror), first)) in reigns.iter().enumerate() {
        let rival = |((other, same), _): &&(Side<'_>, Reign)| mirror == same && rivals(&mirrors, one, other);
        for ((other, _), second) in reigns[place + 1..].iter().filter(rival) {
            let from = first.from.max(second.from);
            let length = first.to.min(second.to).since(from);
            if length > LATE && worst.as_ref().is_none_or(|(longest, _)| length > *longest) {
                worst = Some((
                    length,
                    format!("{one} and {other} were both primary at {from} s, for {length} s"),
                ));
            }
        }
    }
    match worst {
        Some((_, text)) => (Verdict::Fail, text),
        None => {
            let (times, late) = (reigns.len(), LATE.seconds());
            (
                Verdict::Pass,
                format!("one primary at a time, {times} in all, as nodes reported to within {late} s"),
            )
        }
    }
}

/// Whether two nodes must not both be primary: those of different mirrors may.
fn rivals(mirrors: &[Mirror], one: &NodeName, other: &NodeName) -> bool {
    let both = |mirror: &Mirror| mirror.nodes.contains(one) && mirror.nodes.contains(other);
    one != other && (mirrors.is_empty() || mirrors.iter().any(both))
}

/// A node's side of a mirror, which has the name of its resource.
type Side<'a> = (&'a NodeName, &'a str);

/// The side that a line is about.
fn side<'a>(line: &LogLine<'a>) -> Side<'a> {
    (line.node, word(line.text, "name").unwrap_or_default())
}

/// When each side was primary: from its promotion to its demotion, or until the node's power was cut.
fn reigns<'a>(index: &Index<'a>, steps: &[StepDone]) -> Vec<(Side<'a>, Reign)> {
    let mut open: BTreeMap<Side<'_>, Nanos> = BTreeMap::new();
    let mut found = Vec::new();
    for line in drbd(index) {
        let Some(role) = role(line.text) else { continue };
        let side = side(line);
        // A node whose power was cut does not report its demotion.
        let past =
            open.get(&side).map(|from| Reign { from: *from, to: end(line.node, *from, line.t, steps) });
        let over = past.filter(|past| role != "Primary" || past.to < line.t);
        if let Some(past) = over {
            found.push((side, past));
            open.remove(&side);
        }
        if role == "Primary" {
            open.entry(side).or_insert(line.t);
        }
    }
    for (side, from) in open {
        found.push((side, Reign { from, to: end(side.0, from, index.last, steps) }));
    }
    found
}

/// The end of a period: a node whose power was cut was primary until then, regardless of what it reports when
/// it is back.
fn end(node: &NodeName, from: Nanos, to: Nanos, steps: &[StepDone]) -> Nanos {
    let cuts = steps.iter().filter(|step| step.node == *node && step.kind == StepKind::Off);
    cuts.map(|step| step.latest).filter(|cut| *cut > from).fold(to, Nanos::min)
}

/// Whether DRBD detected divergent data on both sides, or refuses to connect at the end.
pub fn no_split_brain(index: &Index<'_>) -> (Verdict, String) {
    let mut connections: BTreeMap<Side<'_>, &str> = BTreeMap::new();
    for line in drbd(index) {
        // `call helper … helper:initial-split-brain` before DRBD's automatic resolution, `helper:split-brain`
        // if it failed (drbd.conf(5), handlers).
        let helper = word(line.text, "helper").filter(|_| line.text.starts_with("call "));
        if let Some(helper) = helper.filter(|helper| helper.ends_with("split-brain")) {
            let (node, t) = (line.node, line.t);
            return (Verdict::Fail, format!("DRBD on {node} found a split brain at {t} s ({helper})"));
        }
        if let Some(state) = word(line.text, "connection") {
            connections.insert(side(line), state);
        }
    }
    if let Some(((node, _), _)) = connections.iter().find(|(_, state)| **state == "StandAlone") {
        return (
            Verdict::Fail,
            format!("DRBD on {node} does not connect to its peer any more at the end (StandAlone)"),
        );
    }
    match connections.len() {
        0 => (Verdict::Inconclusive, "no node reported DRBD's connections".to_owned()),
        _ => (Verdict::Pass, "DRBD found no split brain".to_owned()),
    }
}

/// Whether the disks of each mirror are equal at the end.
pub fn disks_equal(index: &Index<'_>) -> (Verdict, String) {
    let compared = index.record.events.iter().filter_map(|event| match &event.what {
        What::Mirror { nodes, difference, failure } => Some(compared(nodes, *difference, failure.as_deref())),
        _ => None,
    });
    let all: Vec<(Verdict, String)> = compared.collect();
    let Some(worst) = all.iter().map(|(verdict, _)| *verdict).max() else {
        return (Verdict::Inconclusive, "the disks were not compared".to_owned());
    };
    let told: Vec<String> =
        all.into_iter().filter(|(verdict, _)| *verdict == worst).map(|(_, text)| text).collect();
    (worst, told.join("; "))
}

fn compared(nodes: &[NodeName], difference: Option<u64>, failure: Option<&str>) -> (Verdict, String) {
    let nodes = names(nodes);
    match (difference, failure) {
        (_, Some(failure)) => {
            (Verdict::Inconclusive, format!("the disks of {nodes} could not be compared: {failure}"))
        }
        (Some(offset), None) => {
            (Verdict::Fail, format!("the disks of {nodes} differ at the end, from byte {offset} on"))
        }
        (None, None) => (Verdict::Pass, format!("the disks of {nodes} are equal, byte for byte")),
    }
}

fn names(nodes: &[NodeName]) -> String {
    nodes.iter().map(NodeName::as_str).collect::<Vec<_>>().join(" and ")
}

fn drbd<'i, 'a>(index: &'i Index<'a>) -> impl Iterator<Item = &'i LogLine<'a>> {
    index.lines.iter().filter(|line| line.stream == Stream::DrbdEvents)
}

/// The node's own role, from a line about its resource; its peer's role is in lines about connections. A
/// resource that is taken down has none.
fn role(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    match (words.next()?, words.next()?) {
        ("destroy", "resource") => Some("none"),
        (_, "resource") => word(line, "role"),
        _ => None,
    }
}

/// The value of a field `name:value`.
fn word<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix(':'))
}
