//! Soaks: there are no faults, and failovers that still happen are counted.

use halab::model::Millis;
use halab::record::{Event, Nanos, Record, Stage, What};
use halab::report::{Verdict, analyse, json, text};
use halab::testing::drill::soak;

use super::synthetic::{Truth, drill, lab, line};

/// The record of a soak from 7 s to 37 s, of a cluster with these events.
pub fn soaked(truth: &Truth) -> Record {
    let mut record = truth.record(&lab(200, 1000, true));
    record.header.drill = soak(&drill(truth.rate), Millis::seconds(30));
    record.events.retain(|event| !matches!(event.what, What::Step { .. } | What::Goal { .. }));
    for (at, stage) in [(7000, Stage::Soak), (37_000, Stage::Final)] {
        record.events.push(Event { t: Nanos::millis(at), what: What::Stage { stage } });
    }
    record.events.sort_by_key(|event| event.t);
    record
}

/// No address moves and no request fails.
pub fn quiet() -> Truth {
    Truth {
        away: Vec::new(),
        held: vec![(1, Nanos(0), Nanos::millis(60_000))],
        steps: Vec::new(),
        ..Truth::typical()
    }
}

/// Node 2 takes the address for a while, with an outage each time that it moves.
pub fn hasty() -> Truth {
    let at = Nanos::millis;
    Truth {
        away: vec![(at(20_000), at(20_400)), (at(22_000), at(22_300))],
        held: vec![(1, at(0), at(20_000)), (2, at(20_350), at(22_000)), (1, at(22_250), at(60_000))],
        ..quiet()
    }
}

#[test]
fn a_quiet_soak_passes_and_says_how_little_that_proves() {
    let mut record = soaked(&quiet());
    let late = "node2 heartbeat: [811]: WARN: Late heartbeat: Node node1: interval 970 ms";
    record.events.extend([line(2, 15_000, late), line(2, 15_500, late), line(2, 3000, late)]);
    let analysis = analyse(&record);
    let summary = analysis.soak.expect("a summary");
    assert_eq!(
        (analysis.verdict, summary.length),
        (Verdict::Pass, Nanos::millis(30_000)),
        "{:?}",
        analysis.reasons
    );
    assert_eq!(
        (summary.takeovers.events, summary.late, summary.failed),
        (0, 2, 0),
        "the third was before the soak"
    );
    assert_eq!(summary.requests, 30 * 60, "50 pages and 10 writes a second");
    assert!((summary.takeovers.at_most - 360.0).abs() < 1e-6, "three in 30 s");
    insta::with_settings!({snapshot_path => "../golden/reports", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("soak", text(&analysis, 100));
        insta::assert_snapshot!("soak-json", serde_json::to_string_pretty(&json(&analysis.soak)).unwrap());
    });
}

#[test]
fn a_takeover_in_a_soak_is_a_failure_and_is_counted() {
    let analysis = analyse(&soaked(&hasty()));
    let summary = analysis.soak.expect("a summary");
    assert_eq!(analysis.verdict, Verdict::Fail);
    let reason = &analysis.reasons[0].text;
    assert!(reason.ends_with("although node1 was on, and nothing was done to the lab"), "{reason}");
    assert_eq!((summary.takeovers.events, summary.outages), (1, 2));
    assert!((summary.takeovers.per_hour - 120.0).abs() < 1e-6 && summary.failed > 30, "{summary:?}");
}

#[test]
fn a_soak_that_did_not_begin_has_no_summary() {
    let mut record = soaked(&quiet());
    record.events.retain(|event| !matches!(event.what, What::Stage { stage: Stage::Soak }));
    assert_eq!(analyse(&record).soak, None);
    assert_eq!(analyse(&Truth::typical().record(&lab(200, 1000, true))).soak, None, "a drill is no soak");
}
