//! Derives the holders of an address from ARP queries.

use super::analysis::Estimate;
use super::counts::{DoubleHolder, HolderSegment, HolderSummary};
use super::index::Round;
use crate::model::{AddressName, MacAddress, NodeName};
use crate::record::{HolderAnswer, Nanos};

/// Queries with several answers, separated by fewer than this many others, are one violation.
const NEAR: usize = 3;

/// Summarises the queries for an address, which are in the order of their times.
pub fn summary(address: &AddressName, rounds: &[Round<'_>]) -> HolderSummary {
    HolderSummary {
        address: address.clone(),
        asked: rounds.len(),
        unanswered: rounds.iter().filter(|round| round.answers.is_empty()).count(),
        segments: segments(rounds),
        doubles: doubles(rounds),
    }
}

/// The periods of single holders. Queries with several answers belong to the previous holder; they are
/// reported separately.
pub fn segments(rounds: &[Round<'_>]) -> Vec<HolderSegment> {
    let mut segments: Vec<HolderSegment> = Vec::new();
    for round in rounds {
        let holders = holders(round);
        let last = segments.last_mut().filter(|last| holders.iter().any(|(mac, _)| *mac == last.mac));
        if let Some(last) = last {
            last.to = round.asked;
        } else if let Some((mac, node)) = holders.into_iter().next() {
            segments.push(HolderSegment { node, mac, from: round.asked, to: round.asked });
        }
    }
    segments
}

/// The nodes that answered a query, without duplicates.
fn holders(round: &Round<'_>) -> Vec<(MacAddress, Option<NodeName>)> {
    let mut holders: Vec<_> = round.answers.iter().map(|answer| (answer.mac, answer.node.clone())).collect();
    holders.sort();
    holders.dedup();
    holders
}

fn doubles(rounds: &[Round<'_>]) -> Vec<DoubleHolder> {
    let places: Vec<usize> = (0..rounds.len()).filter(|place| holders(&rounds[*place]).len() > 1).collect();
    let mut found = Vec::new();
    for run in places.chunk_by(|one, two| two - one <= NEAR) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let asked = |place: usize| rounds.get(place).map(|round| round.asked);
        let (from, to) = (rounds[*first].asked, rounds[*last].asked);
        let before = asked(first.wrapping_sub(1)).unwrap_or(from);
        let after = asked(last + 1);
        let half = |one: Nanos, two: Nanos| Nanos(two.since(one).0 / 2);
        let around = half(before, from).plus(half(to, after.unwrap_or(to)));
        let mut names: Vec<String> = run.iter().flat_map(|place| rounds[*place].answers).map(name).collect();
        names.sort();
        names.dedup();
        found.push(DoubleHolder {
            from,
            length: Estimate {
                value: to.since(from).plus(around),
                low: to.since(from),
                high: after.map(|after| after.since(before)),
            },
            holders: names,
        });
    }
    found
}

fn name(answer: &HolderAnswer) -> String {
    answer.node.as_ref().map_or_else(|| answer.mac.to_string(), NodeName::to_string)
}

/// The node that held the address at a time: the last that had answered.
pub fn holder_at<'a>(rounds: &[Round<'a>], time: Nanos) -> Option<&'a NodeName> {
    let until = rounds.partition_point(|round| round.asked <= time);
    rounds[..until].iter().rev().find_map(|round| round.answers.first()?.node.as_ref())
}

/// When the node last answered in a period, and the time of the first query that it left unanswered after
/// that.
pub fn last_sign(
    rounds: &[Round<'_>],
    node: &NodeName,
    from: Nanos,
    to: Nanos,
) -> (Option<Nanos>, Option<Nanos>) {
    let answered = |round: &&Round<'_>| round.answers.iter().any(|a| a.node.as_ref() == Some(node));
    let last = rounds.iter().rfind(|round| round.asked <= to && answered(round));
    let sign = last.and_then(|round| round.answers.iter().map(|answer| answer.at).max());
    let since = last.map_or(from, |round| round.asked);
    let silent = rounds.iter().find(|round| round.asked > since && round.asked >= from && !answered(round));
    (sign.filter(|at| *at >= from), silent.map(|round| round.asked))
}

/// When a node other than this one first answered after a time.
pub fn moved_after<'a>(
    rounds: &[Round<'a>],
    from: Option<&NodeName>,
    time: Nanos,
) -> Option<(Nanos, &'a NodeName)> {
    let mut answers = rounds.iter().filter(|round| round.asked >= time).flat_map(|round| round.answers);
    answers.find_map(|answer| {
        let node = answer.node.as_ref()?;
        (Some(node) != from).then_some((answer.at, node))
    })
}
