//! Whose word a verdict is, and whether it gives a mark.

use halab::model::drill::{Figure, Invariant};
use halab::model::{Millis, Origin, Source};
use halab::record::{Event, Nanos, Proof, Record, StepPhase, What};
use halab::report::{Analysis, Verdict, analyse, text};

use crate::synthetic::{Truth, lab, node};

/// A passed run with these invariants only.
fn run(invariants: &[Invariant]) -> Record {
    let mut record = Truth::typical().record(&lab(200, 1000, true));
    record.header.drill.invariants = invariants.to_vec();
    record.header.drill.settle.until.clear();
    record
}

fn told(analysis: &Analysis) -> Vec<&str> {
    analysis.grading.told.iter().map(String::as_str).collect()
}

#[test]
fn a_pass_gives_a_mark_only_if_all_of_it_was_seen() {
    let analysis = analyse(&run(&[Invariant::OneHolder, Invariant::FailbackAsDeclared]));
    assert_eq!((analysis.verdict, analysis.grading.safe), (Verdict::Pass, true), "{:?}", analysis.grading);
    assert_eq!(told(&analysis), [""; 0]);
    assert!(!text(&analysis, 100).contains("gives no mark"));

    let analysis = analyse(&run(&[Invariant::OneHolder, Invariant::AcknowledgedWrites]));
    assert_eq!((analysis.verdict, analysis.grading.safe), (Verdict::Pass, false));
    assert_eq!(told(&analysis), ["invariant acknowledged-writes"]);
    let origins: Vec<Origin> = analysis.invariants.iter().map(|result| result.origin).collect();
    assert_eq!(origins, [Origin::Seen, Origin::Told]);
    let report = text(&analysis, 100);
    assert!(report.contains("acknowledged writes are there (told by nodes)"), "{report}");
    assert_eq!(report.matches("told: only nodes say so").count(), 1, "the legend comes once: {report}");
}

#[test]
fn a_failure_gives_a_mark_if_one_reason_was_seen() {
    let mut record = run(&[Invariant::AcknowledgedWrites]);
    for event in &mut record.events {
        if let What::Ledger { ids, .. } = &mut event.what {
            ids.retain(|id| *id != 1007);
        }
    }
    let analysis = analyse(&record);
    assert_eq!((analysis.verdict, analysis.grading.safe), (Verdict::Fail, false));
    record.header.drill.expect[0].max = Some(Millis(10));
    let analysis = analyse(&record);
    assert_eq!((analysis.verdict, analysis.grading.safe), (Verdict::Fail, true), "it was down for too long");
}

#[test]
fn a_fault_that_only_its_node_proves_gives_no_mark() {
    let mut record = run(&[Invariant::OneHolder]);
    let mut proven_by = |source| {
        for event in &mut record.events {
            if let What::Step { step, phase: StepPhase::Returned { proof, .. }, .. } = &mut event.what
                && step.as_str() == "cut"
            {
                *proof = Some(Proof { mechanism: None, seen: "it is off".to_owned(), source });
            }
        }
        analyse(&record).grading
    };
    assert!(proven_by(Source::Wire).safe);
    let grading = proven_by(Source::Told);
    assert_eq!((grading.safe, grading.told), (false, vec!["the proof of step cut".to_owned()]));
}

#[test]
fn a_time_that_ends_with_a_check_in_a_node_is_told() {
    let mut record = Truth::typical().record(&lab(200, 1000, true));
    let of = |record: &Record| {
        let analysis = analyse(record);
        let origin = |wanted| analysis.figures.iter().find(|row| row.figure == wanted).unwrap().origin;
        (origin(Figure::Failover), origin(Figure::Redundancy))
    };
    let check = |source| {
        let title = "the page".to_owned();
        Event { t: Nanos::millis(20_000), what: What::Check { title, failure: None, source } }
    };
    record.events.push(check(Source::Clients));
    assert_eq!(of(&record), (Origin::Seen, Origin::Seen));
    record.events.push(check(Source::Told));
    assert_eq!(of(&record), (Origin::Seen, Origin::Told));
}

#[test]
fn a_phase_that_ends_with_a_line_of_a_log_is_told() {
    let analysis = analyse(&crate::golden::told());
    let phases = analysis.timelines.iter().find_map(|timeline| timeline.phases).unwrap();
    let of = phases.origin;
    assert_eq!([of.detection, of.takeover, of.recovery], [Origin::Told, Origin::Told, Origin::Seen]);
}

#[test]
fn an_answer_in_the_name_of_another_node_is_a_lie() {
    let mut record = run(&[Invariant::OneHolder]);
    assert_eq!(analyse(&record).false_names, []);
    let mut lies = 0;
    for event in &mut record.events {
        if let What::Sample(sample) = &mut event.what
            && sample.load.as_str() == "web"
            && (Nanos::millis(5000)..Nanos::millis(6000)).contains(&sample.due)
        {
            sample.node = Some(node(2));
            lies += 1;
        }
    }
    assert!(lies > 10);
    let analysis = analyse(&record);
    let [name] = analysis.false_names.as_slice() else { panic!("{:?}", analysis.false_names) };
    assert_eq!((&name.answered, &name.named, name.times), (&node(1), &node(2), lies));
    assert!(!analysis.grading.safe);
    let report = text(&analysis, 120);
    assert!(report.contains("FALSE NAME: node1 answered in the name of node2: load web"), "{report}");
    // A server behind a balancer is named in good faith.
    for event in &mut record.events {
        if let What::Sample(sample) = &mut event.what {
            sample.node = Some("web7".parse().unwrap());
        }
    }
    assert_eq!(analyse(&record).false_names, []);
}
