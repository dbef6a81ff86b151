//! The terms of all reports for verdicts and figures. `docs/glossary.md` defines them.

use super::document::Cell;
use crate::model::Origin;
use crate::model::drill::{Figure, Invariant};
use crate::record::Verdict;

/// The meaning of the word `told` in a report.
pub const LEGEND: &str =
    "told: only nodes say so, and a hostile node can say anything. All else was seen from outside.";

/// A sentence of the report, with a mark if it rests on the word of nodes.
pub fn marked(text: &str, origin: Origin) -> String {
    match origin {
        Origin::Seen => text.to_owned(),
        Origin::Told => format!("{text} (told by nodes)"),
    }
}

/// The mark in a row of a table.
pub fn mark(origin: Origin) -> Cell {
    match origin {
        Origin::Seen => Cell::default(),
        Origin::Told => Cell::soft(origin.to_string()),
    }
}

/// A verdict, in conspicuous form.
pub fn verdict_title(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Inconclusive => "INCONCLUSIVE",
        Verdict::Error => "ERROR",
    }
}

/// The word of an invariant in drill files.
pub fn word(invariant: Invariant) -> String {
    let word = serde_json::to_value(invariant).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

/// How a run of a series ended.
pub fn run_verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "passed",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Fail => "failed",
        Verdict::Error => "not done",
    }
}

/// The name of a figure in a sentence or at the head of a row.
pub fn name(figure: Figure) -> &'static str {
    match figure {
        Figure::Failover => "failover time",
        Figure::Failback => "failback time",
        Figure::WriteOutage => "time to first write",
        Figure::Redundancy => "time to redundancy",
        Figure::Outage => "outage without failover",
    }
}

/// The name of a figure at the head of a column.
pub fn short(figure: Figure) -> &'static str {
    match figure {
        Figure::Failover => "failover",
        Figure::Failback => "failback",
        Figure::WriteOutage => "first write",
        Figure::Redundancy => "redundancy",
        Figure::Outage => "outage",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_defined_in_the_manual() {
        let manual = include_str!("../../docs/reports.md");
        for figure in Figure::ALL {
            assert!(manual.contains(&format!("| {} |", name(figure))), "{figure:?}");
        }
    }
}
