//! Violations that a drill expects, and states that it expects to last.

use halab::model::Millis;
use halab::model::drill::{Expectation, Figure, Invariant, SettleGoal};
use halab::record::{Nanos, Record, StepPhase, What};
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
        told(&analysis).contains("violated, as expected: node1 and node2 both answered"),
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
        report.contains("HOLDS: a violation was expected and did not occur: one holder at a time"),
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
    assert!(told(&analysis).contains("VIOLATED: node1 and node2 both answered"), "{}", told(&analysis));
}

#[test]
fn what_is_to_last_must_not_end_earlier() {
    // The failover of the typical run takes 4.17 s.
    for (min, max, verdict, says) in [
        (4000, None, Verdict::Pass, "at least 4 s"),
        (4160, None, Verdict::Inconclusive, "it may be below the expected 4.160 s"),
        (5000, None, Verdict::Fail, "at least 5.000 s were expected"),
        (4000, Some(5000), Verdict::Pass, "4 s to 5 s"),
        (3000, Some(4000), Verdict::Fail, "the limit is 4.000 s"),
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

#[test]
fn a_lab_that_does_not_get_well_again_is_a_failure() {
    for (missed, says) in [
        (SettleGoal::Redundant, "the lab did not become redundant again in time"),
        (SettleGoal::FailedBack, "the address did not move back in time"),
    ] {
        let mut record = Truth::typical().record(&lab(200, 1000, true));
        for event in &mut record.events {
            if let What::Goal { goal, reached } = &mut event.what {
                *reached = *goal != missed;
            }
        }
        let analysis = analyse(&record);
        let texts: Vec<_> =
            analysis.reasons.iter().map(|reason| (reason.verdict, reason.text.as_str())).collect();
        assert_eq!((analysis.verdict, texts.as_slice()), (Verdict::Fail, [(Verdict::Fail, says)].as_slice()));
    }
}

#[test]
fn a_fault_that_is_not_proven_proves_nothing() {
    let mut record = Truth::typical().record(&lab(200, 1000, true));
    for event in &mut record.events {
        if let What::Step { step, phase: StepPhase::Returned { failure, .. }, .. } = &mut event.what
            && step.as_str() == "cut"
        {
            *failure = Some("node1 still runs".to_owned());
        }
    }
    let analysis = analyse(&record);
    assert_eq!(analysis.verdict, Verdict::Inconclusive);
    let told = |text: &str| analysis.reasons.iter().any(|reason| reason.text == text);
    assert!(told("step cut failed: node1 still runs"), "{:?}", analysis.reasons);
}
