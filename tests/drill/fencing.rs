//! Fencing: a takeover from a node that may still run is detected, regardless of its cause.

use halab::model::drill::{Invariant, StepAction};
use halab::model::fault::{Fault, Value};
use halab::record::{Nanos, Record, What};
use halab::report::{Verdict, analyse};

use super::synthetic::{Truth, lab, line};

/// The scenario: the holders of the address over time, and the actions on node 1.
type Planted = (fn(&mut Truth), fn(&mut Record));

fn judge((held, done): Planted) -> (Verdict, String) {
    let mut truth = Truth::typical();
    held(&mut truth);
    let mut record = truth.record(&lab(200, 1000, true));
    record.header.drill.invariants = vec![Invariant::FencedTakeover];
    done(&mut record);
    let analysis = analyse(&record);
    let result = &analysis.invariants[0];
    // One finding decides the whole check.
    assert!(analysis.verdict >= result.verdict);
    (result.verdict, result.text.clone())
}

/// Node 1 is back, and node 2 takes the address once more.
fn back_and_forth(truth: &mut Truth) {
    truth.held[2].2 = Nanos::millis(35_000);
    truth.held.push((2, Nanos::millis(35_200), Nanos::millis(60_000)));
}

/// Instead of the power cut.
fn inject(record: &mut Record, fault: Fault) {
    record.header.drill.steps[0].action = StepAction::Inject(fault);
}

#[test]
fn who_is_off_or_gives_up_in_order_may_be_taken_over_from() {
    let as_it_was = judge((|_| {}, |_| {}));
    assert_eq!(as_it_was, (Verdict::Pass, "1 takeover from a node that was off, 1 in order".to_owned()));
    // The address moves back and forth without a fault, but each holder reports its release.
    let said = judge((back_and_forth, |record| {
        record.events.push(line(1, 35_300, "halab: mark address-down node=node1 uptime=71.20"));
    }));
    assert_eq!(said, (Verdict::Pass, "1 takeover from a node that was off, 2 in order".to_owned()));
    let nobody = judge((|truth| truth.held = vec![(1, Nanos(0), Nanos::millis(60_000))], |_| {}));
    assert_eq!(nobody, (Verdict::Pass, "no takeover".to_owned()));
}

#[test]
fn a_takeover_from_a_node_that_may_still_run_is_caught() {
    const BLIND: &str = "node2 took web over from node1 at 14.100 s without knowing whether node1 still ran";
    let cases: [(Planted, &str); 6] = [
        // It is paused, and will resume.
        ((|_| {}, |record| inject(record, Fault::new("pause", [("clock", "frozen".into())]))), BLIND),
        (
            (|_| {}, |record| inject(record, Fault::new("cluster-kill", [("restart", Value::Flag(false))]))),
            BLIND,
        ),
        // No action was performed on it.
        ((|_| {}, |record| record.events.retain(|event| !matches!(event.what, What::Step { .. }))), BLIND),
        // It is off, and then it is back and the other node takes the address once more.
        (
            (back_and_forth, |_| {}),
            "node2 took web over from node1 at 35.200 s without knowing whether node1 still ran",
        ),
        // Reports of the other node, and late ones, prove nothing.
        (
            (back_and_forth, |record| {
                record.events.push(line(2, 35_100, "halab: mark address-down node=node2 uptime=71.20"));
                record.events.push(line(1, 37_000, "halab: mark address-down node=node1 uptime=73.10"));
            }),
            "node2 took web over from node1 at 35.200 s without knowing whether node1 still ran",
        ),
        // Both have it.
        (
            (|truth| truth.held.push((1, Nanos::millis(10_030), Nanos::millis(18_000))), |_| {}),
            "node1 and node2 both answered for web at 14.100 s: neither was fenced",
        ),
    ];
    for (planted, text) in cases {
        assert_eq!(judge(planted), (Verdict::Fail, text.to_owned()));
    }
}

#[test]
fn what_nobody_asked_is_no_pass() {
    let unasked =
        judge((|_| {}, |record| record.events.retain(|event| !matches!(event.what, What::Holder { .. }))));
    assert_eq!(unasked.0, Verdict::Inconclusive);
}
