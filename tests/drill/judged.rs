//! How an exercise judges a run of a drill.

use halab::record::{Ending, Nanos, Record, What};
use halab::testing::exercise::{Run, State};

use super::synthetic::{Truth, lab};

/// The record of a drill that was given up before its first step: the service never answered.
fn unsteady(stalls: Vec<(Nanos, Nanos)>) -> Record {
    let whole = (Nanos(0), Nanos::millis(60_000));
    let truth = Truth { away: vec![whole], held: Vec::new(), steps: Vec::new(), stalls, ..Truth::typical() };
    let mut record = truth.record(&lab(200, 1000, true));
    for event in &mut record.events {
        if let What::Ended { ending } = &mut event.what {
            *ending = Ending::Unsteady { reason: "requests failed".to_owned() };
        }
    }
    record
}

#[test]
fn a_cluster_that_is_not_steady_fails() {
    assert_eq!(Run::of(unsteady(Vec::new())).soak().state, State::Failed);
}

#[test]
fn a_cluster_on_a_machine_that_is_too_busy_to_look_is_not_judged() {
    let stall = (Nanos::millis(5000), Nanos::millis(15_000));
    assert_eq!(Run::of(unsteady(vec![stall])).soak().state, State::Inconclusive);
}
