//! Checks whether all copies of the data were equal at the end.

use std::collections::{BTreeMap, BTreeSet};

use super::index::Index;
use crate::model::NodeName;
use crate::record::{Verdict, What};

/// Compares the checksums that the nodes reported; returns the verdict and its reason.
pub fn equal(index: &Index<'_>) -> (Verdict, String) {
    let mut copies: Vec<(&NodeName, &BTreeMap<String, String>)> = Vec::new();
    for event in &index.record.events {
        let What::Replica { node, parts, failure } = &event.what else { continue };
        if let Some(failure) = failure {
            return (Verdict::Inconclusive, format!("the copy of {node} could not be read: {failure}"));
        }
        copies.push((node, parts));
    }
    let [(first, one), others @ ..] = copies.as_slice() else {
        return (Verdict::Inconclusive, "the copies of the data were not compared".to_owned());
    };
    for (node, other) in others {
        let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        let different: Vec<&str> =
            names.into_iter().filter(|name| one.get(*name) != other.get(*name)).map(String::as_str).collect();
        if !different.is_empty() {
            let what = different.join(", ");
            return (Verdict::Fail, format!("the copies of {first} and {node} differ at the end: {what}"));
        }
    }
    match copies.len() {
        1 => (Verdict::Inconclusive, format!("{first} has the only copy of the data")),
        number => {
            (Verdict::Pass, format!("all {number} copies of the data are equal, in {} parts", one.len()))
        }
    }
}
