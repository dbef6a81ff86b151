//! What a drill expects to be broken, and what it expects to last.

use halab::model::Millis;
use halab::model::drill::{Expectation, Figure, Invariant};
use halab::record::{Nanos, Record};
use halab::report::{Analysis, Verdict, analyse, junit, text};

use super::synthetic::{Truth, lab};

/// A run that expects two holders of the address.
fn expecting(truth: &Truth) -> Record {
    let mut record = truth.record(&lab(200, 1000, true));
    record.header.drill.expected_violations = vec![Invariant::OneHolder];
    record
}

fn double() -> Truth {
    let mut truth = Truth::typical();
    truth.held.push((2, Nanos::millis(6000), Nanos::millis(7000)));
    truth
}

fn told(analysis: &Analysis) -> String {
    text(analysis, 100)
}

#[test]
fn a_violation_that_was_expected_is_no_failure_and_is_told() {
    let analysis = analyse(&expecting(&double()));
    let result = &analysis.invariants[0];
    assert!(result.expected_violation && result.verdict == Verdict::Pass, "{result:?}");
    assert!(
        told(&analysis).contains("broken, as expected: node1 and node2 both answered"),
        "{}",
        told(&analysis)
    );
    assert!(analysis.reasons.iter().all(|reason| reason.verdict != Verdict::Fail), "{:?}", analysis.reasons);
}

#[test]
fn a_violation_that_was_expected_and_did_not_occur_is_a_failure() {
    let analysis = analyse(&expecting(&Truth::typical()));
    assert_eq!(analysis.verdict, Verdict::Fail);
    let report = told(&analysis);
    assert!(
        report.contains("KEPT: a violation was expected and did not occur: one holder at a time"),
        "{report}"
    );
    assert!(junit(&analysis).contains("a violation was expected and did not occur"));
}

#[test]
fn one_that_was_not_expected_stays_a_failure() {
    let mut record = expecting(&double());
    record.header.drill.expected_violations = vec![Invariant::AcknowledgedWrites];
    let analysis = analyse(&record);
    assert_eq!(analysis.verdict, Verdict::Fail);
    assert!(told(&analysis).contains("BROKEN: node1 and node2 both answered"), "{}", told(&analysis));
}

#[test]
fn what_is_to_last_must_not_end_earlier() {
    // The failover of the typical run takes 4.17 s.
    for (min, max, verdict, says) in [
        (4000, None, Verdict::Pass, "at least 4 s"),
        (4160, None, Verdict::Inconclusive, "it may be below 4.160 s, which is expected, or not"),
        (5000, None, Verdict::Fail, "expected were at least 5.000 s"),
        (4000, Some(5000), Verdict::Pass, "4 s to 5 s"),
        (3000, Some(4000), Verdict::Fail, "allowed were 4.000 s"),
    ] {
        let mut record = Truth::typical().record(&lab(200, 1000, true));
        let (min, max) = (Some(Millis(min)), max.map(Millis));
        record.header.drill.expect = vec![Expectation { figure: Figure::Failover, max, min, paper: None }];
        let analysis = analyse(&record);
        let reasons = analysis.reasons.iter().map(|reason| format!("{}\n", reason.text));
        let report = told(&analysis) + &reasons.collect::<String>();
        assert_eq!(analysis.verdict, verdict, "{report}");
        assert!(report.contains(says), "wanted: {says}\n{report}");
    }
}
