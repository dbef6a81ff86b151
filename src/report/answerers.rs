//! Who answered the requests of clients, from the wire, and whom the answers themselves name.
//!
//! The name in an answer is a node's own word. Who answered is known from outside: the node that held the
//! address of the request while it was under way. Where a balancer holds the address, an answer names the
//! server behind it, and neither is wrong. But one of the nodes that the address moves between answers only
//! when it holds it.

use serde::Serialize;

use super::index::{Index, Round};
use crate::model::drill::Load;
use crate::model::{LoadName, Manager, NodeName};
use crate::record::{Nanos, Sample};

/// Answers of one node in the name of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FalseName {
    /// The load.
    pub load: LoadName,
    /// The node that held the address: it answered.
    pub answered: NodeName,
    /// The node that the answers name.
    pub named: NodeName,
    /// When the first of these requests was sent.
    pub first: Nanos,
    /// Their number.
    pub times: usize,
}

/// The node that held an address during the whole of a request: the only one that answered each query from
/// the last before it to the first after it. `None` if the address moved, or was not watched.
pub fn answered_by<'a>(rounds: &[Round<'a>], sample: &Sample) -> Option<&'a NodeName> {
    let first = rounds.partition_point(|round| round.asked <= sample.sent).checked_sub(1)?;
    let last = first + rounds[first..].iter().position(|round| round.asked >= sample.done)?;
    let holder = rounds[first].answers.first()?.node.as_ref()?;
    let alone = |round: &Round<'_>| {
        !round.answers.is_empty() && round.answers.iter().all(|answer| answer.node.as_ref() == Some(holder))
    };
    rounds[first..=last].iter().all(alone).then_some(holder)
}

/// The queries for the address that a load asks; none if it asks a node by the node's own address.
pub fn rounds_for<'i, 'a>(index: &'i Index<'a>, load: &Load) -> &'i [Round<'a>] {
    if load.node.is_some() { &[] } else { index.rounds_of(&load.address) }
}

/// All answers in another node's name, by load and nodes, in the order of the first.
pub fn false_names(index: &Index<'_>) -> Vec<FalseName> {
    let mut found: Vec<FalseName> = Vec::new();
    for load in &index.record.header.drill.loads {
        let Some(manager) = Manager::of(&index.record.header.lab, &load.address) else { continue };
        let rounds = rounds_for(index, load);
        for sample in index.samples_of(&load.name) {
            let Some(named) = sample.node.as_ref().filter(|named| manager.members.contains(named)) else {
                continue;
            };
            let Some(answered) = answered_by(rounds, sample).filter(|answered| *answered != named) else {
                continue;
            };
            let same = |other: &&mut FalseName| {
                other.load == load.name && other.answered == *answered && other.named == *named
            };
            match found.iter_mut().find(same) {
                Some(known) => known.times += 1,
                None => found.push(FalseName {
                    load: load.name.clone(),
                    answered: answered.clone(),
                    named: named.clone(),
                    first: sample.sent,
                    times: 1,
                }),
            }
        }
    }
    found.sort_by_key(|one| one.first);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MacAddress;
    use crate::record::{Answer, HolderAnswer};

    /// Who answered a request from 100 to 150 ms, with these holders at these times in ms.
    fn answered(queries: &[(u64, &[&str])]) -> Option<String> {
        let answer = |at: u64, node: &str| HolderAnswer {
            mac: MacAddress([2, 0, 0, 0, 0, 1]),
            node: Some(node.parse().unwrap()),
            at: Nanos::millis(at),
        };
        let answers: Vec<Vec<HolderAnswer>> =
            queries.iter().map(|(at, nodes)| nodes.iter().map(|node| answer(*at, node)).collect()).collect();
        let rounds: Vec<Round<'_>> = queries
            .iter()
            .zip(&answers)
            .map(|((at, _), answers)| Round { asked: Nanos::millis(*at), answers })
            .collect();
        let sample = Sample {
            load: "page".parse().unwrap(),
            seq: 0,
            due: Nanos::millis(90),
            sent: Nanos::millis(100),
            done: Nanos::millis(150),
            answer: Answer::Ok,
            node: None,
        };
        answered_by(&rounds, &sample).map(ToString::to_string)
    }

    #[test]
    fn who_held_the_address_all_the_time_answered() {
        let one: &[&str] = &["node1"];
        let two: &[&str] = &["node2"];
        assert_eq!(answered(&[(99, one), (120, one), (151, one)]).as_deref(), Some("node1"));
        assert_eq!(answered(&[(10, two), (99, one), (151, one), (200, two)]).as_deref(), Some("node1"));
    }

    #[test]
    fn who_answered_during_a_move_is_not_known() {
        let one: &[&str] = &["node1"];
        let two: &[&str] = &["node2"];
        let both: &[&str] = &["node1", "node2"];
        assert_eq!(answered(&[(99, one), (151, two)]), None);
        assert_eq!(answered(&[(99, one), (120, two), (151, one)]), None);
        assert_eq!(answered(&[(99, one), (120, &[]), (151, one)]), None, "none at all");
        assert_eq!(answered(&[(99, both), (151, both)]), None);
        assert_eq!(answered(&[(99, one)]), None, "no one looked afterwards");
        assert_eq!(answered(&[(120, one), (151, one)]), None, "no one had looked before");
        assert_eq!(answered(&[]), None);
    }
}
