//! Replicas of the data that differ are a failure, and replicas that could not be compared are no pass.

use std::collections::BTreeMap;

use halab::model::StackUse;
use halab::model::drill::Invariant;
use halab::record::{Event, What};
use halab::report::{Verdict, analyse};

use super::synthetic::{Truth, lab, node};

/// The stack that keeps a replica on both nodes.
pub fn copies() -> StackUse {
    StackUse {
        name: "databases".parse().unwrap(),
        uses: "mariadb-masters".to_owned(),
        on: vec![node(1), node(2)],
        params: BTreeMap::new(),
        duties: Vec::new(),
        virtual_mac: None,
        services: BTreeMap::new(),
        logs: Vec::new(),
        paths: BTreeMap::new(),
        extra: BTreeMap::new(),
    }
}

fn copy(number: u8, parts: &[(&str, &str)]) -> What {
    let parts = parts.iter().map(|(name, sum)| ((*name).to_owned(), (*sum).to_owned())).collect();
    What::Replica { node: node(number), parts, failure: None }
}

fn unread(number: u8) -> What {
    What::Replica { node: node(number), parts: BTreeMap::new(), failure: Some("no answer".to_owned()) }
}

#[test]
fn every_difference_is_caught() {
    let (ledger, visits) = (("ledger", "17"), ("visits", "4"));
    for (said, verdict, text) in [
        (
            vec![copy(1, &[ledger, visits]), copy(2, &[ledger, visits])],
            Verdict::Pass,
            "all 2 copies of the data are equal, in 2 parts",
        ),
        (
            vec![copy(1, &[ledger, visits]), copy(2, &[("ledger", "16"), visits])],
            Verdict::Fail,
            "the copies of node1 and node2 differ at the end: ledger",
        ),
        (
            vec![copy(1, &[ledger]), copy(2, &[ledger, visits])],
            Verdict::Fail,
            "the copies of node1 and node2 differ at the end: visits",
        ),
        (
            vec![copy(1, &[ledger]), unread(2)],
            Verdict::Inconclusive,
            "the copy of node2 could not be read: no answer",
        ),
        (vec![copy(1, &[ledger])], Verdict::Inconclusive, "node1 has the only copy of the data"),
        (vec![], Verdict::Inconclusive, "the copies of the data were not compared"),
    ] {
        let truth = Truth::typical();
        let mut record = truth.record(&lab(200, 1000, true));
        record.header.drill.invariants = vec![Invariant::ReplicasEqual];
        record.events.extend(said.into_iter().map(|what| Event { t: truth.end, what }));
        let analysis = analyse(&record);
        let result = &analysis.invariants[0];
        assert_eq!((result.verdict, result.text.as_str(), analysis.verdict), (verdict, text, verdict));
    }
}
