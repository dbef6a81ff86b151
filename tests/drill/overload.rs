//! A lab that is overloaded before any fault: durations that are too long then are no failure, but losses
//! are.

use halab::model::Millis;
use halab::model::drill::{Expectation, Figure};
use halab::record::{Event, Nanos, Record, Sample, What};
use halab::report::{Analysis, Verdict, analyse, junit};

use super::synthetic::{FIRST_ID, Truth, lab};

/// When the power is cut.
const CUT: Nanos = Nanos::millis(10_000);

/// A typical run, with a bound that its failover of 4.17 s exceeds.
fn too_long() -> Record {
    let mut record = Truth::typical().record(&lab(200, 1000, true));
    let bound = Expectation { figure: Figure::Failover, max: Some(Millis(1000)), min: None, paper: None };
    record.header.drill.expect = vec![bound];
    record
}

/// Makes one of `each` requests of a load take 1.2 s of its 2 s, in a period.
fn slow(mut record: Record, name: &str, each: u64, from: Nanos, to: Nanos) -> Record {
    let late = |sample: &mut Sample| {
        let due = sample.load.as_str() == name && sample.due >= from && sample.due < to;
        if due && sample.seq.is_multiple_of(each) {
            sample.done = sample.sent.plus(Nanos::millis(1200));
        }
    };
    record.events.iter_mut().for_each(|event| {
        if let What::Sample(sample) = &mut event.what {
            late(sample);
        }
    });
    record
}

fn reasons(analysis: &Analysis) -> String {
    analysis.reasons.iter().map(|reason| format!("{:?}: {}\n", reason.verdict, reason.text)).collect()
}

#[test]
fn what_took_too_long_is_no_failure_where_the_load_was_too_much_before() {
    assert_eq!(analyse(&too_long()).verdict, Verdict::Fail);
    for (name, each) in [("web", 50), ("writes", 10)] {
        let record = slow(too_long(), name, each, Nanos(0), CUT);
        let analysis = analyse(&record);
        assert_eq!(analysis.verdict, Verdict::Inconclusive, "{}", reasons(&analysis));
        assert!(reasons(&analysis).contains("hardly carry this load"), "{}", reasons(&analysis));
        assert_eq!(analysis.overloads[0].load.as_str(), name);
        let page = junit(&analysis);
        assert!(page.contains("failures=\"0\""), "{page}");
    }
}

#[test]
fn what_was_lost_is_a_failure_all_the_same() {
    let mut record = slow(too_long(), "web", 50, Nanos(0), CUT);
    let forget = |event: &mut Event| {
        if let What::Ledger { ids, .. } = &mut event.what {
            ids.retain(|id| *id != FIRST_ID + 3);
        }
    };
    record.events.iter_mut().for_each(forget);
    let analysis = analyse(&record);
    assert_eq!(analysis.verdict, Verdict::Fail, "{}", reasons(&analysis));
    assert!(analysis.reasons[0].text.contains("acknowledged and not there"), "{}", reasons(&analysis));
}

#[test]
fn a_few_slow_requests_and_those_after_the_fault_are_no_overload() {
    // One in a hundred, all of them after the cut, or none in the baseline.
    let few = slow(too_long(), "web", 100, Nanos(0), CUT);
    let after = slow(too_long(), "web", 1, Nanos::millis(15_000), Nanos::millis(25_000));
    let warming = slow(too_long(), "web", 1, Nanos(0), Nanos::millis(4900));
    // Requests in flight at the power cut fail because of it.
    let under_way = slow(too_long(), "writes", 1, Nanos::millis(9500), CUT);
    for record in [few, after, warming, under_way] {
        let analysis = analyse(&record);
        assert_eq!(
            (analysis.verdict, analysis.overloads.len()),
            (Verdict::Fail, 0),
            "{}",
            reasons(&analysis)
        );
    }
}
