//! The first screen of a report: how long was it down, was anything lost, was it safe.

use halab::record::{Nanos, Record, What};
use halab::report::{analyse, html, text};

use super::golden::told;
use super::synthetic::{Truth, lab};

/// The text after a question, up to the next question or the first section.
fn answer(record: &Record, question: &str) -> String {
    let report = text(&analyse(record), 110);
    let (_, rest) = report.split_once(question).unwrap_or_else(|| panic!("{question} in {report}"));
    let lines = rest.lines().take_while(|line| !line.is_empty() && !line.contains('?'));
    lines.collect::<Vec<_>>().join("\n")
}

const DOWN: &str = "How long was it down?";
const LOST: &str = "Was anything lost?";
const SAFE: &str = "Was it safe?";

#[test]
fn the_three_questions_come_before_everything_else() {
    let (record, analysis) = (told(), analyse(&told()));
    let (report, page) = (text(&analysis, 80), html(&record, &analysis).unwrap());
    for whole in [report, page] {
        let places = [DOWN, LOST, SAFE, "Measured times"].map(|title| whole.find(title));
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} in {whole}");
    }
}

#[test]
fn a_failover_is_detection_takeover_and_recovery() {
    let analysis = analyse(&told());
    let timeline = &analysis.timelines[0];
    let phases = timeline.phases.unwrap();
    let sum = phases.detection.plus(phases.takeover).plus(phases.recovery);
    assert_eq!(Some(sum), timeline.after("first-answer"));
    let said = answer(&told(), DOWN);
    let wanted = "detection 1.072 s + takeover 2.991 s + recovery 0.103 s";
    assert!(said.starts_with(" 4.160 s, failover time ± 0.024 s\n") && said.contains(wanted), "{said}");
    // A failback has no such phases, nor has a failover whose detection was not observed.
    assert_eq!(analysis.timelines[1].phases, None);
    let unseen = analyse(&Truth::typical().record(&lab(200, 1000, true)));
    assert_eq!(unseen.timelines[0].phases, None);
    assert!(!text(&unseen, 100).contains("detection"));
}

#[test]
fn a_lost_write_and_a_second_holder_are_answers() {
    let mut truth = Truth::typical();
    truth.held.push((2, Nanos::millis(5000), Nanos::millis(5200)));
    let mut record = truth.record(&lab(200, 1000, true));
    assert!(answer(&record, LOST).starts_with(" nothing, all 314 acknowledged writes are there (RPO 0 s)"));
    for event in &mut record.events {
        if let What::Ledger { ids, .. } = &mut event.what {
            ids.retain(|id| *id != 1007);
        }
    }
    let (lost, safe) = (answer(&record, LOST), answer(&record, SAFE));
    assert!(lost.starts_with(" 1 write, acknowledged and lost: the oldest 7."), "{lost}");
    assert!(safe.starts_with(" no, 2 of 3 invariants") && safe.contains("both answered for web"), "{safe}");
}

#[test]
fn what_was_not_measured_is_no_good_news() {
    let mut record = told();
    record.header.drill.loads.retain(|load| !load.kind.is_writes());
    record.header.drill.invariants.clear();
    assert!(answer(&record, LOST).starts_with(" not measured"), "{}", answer(&record, LOST));
    assert!(answer(&record, SAFE).starts_with(" not checked"), "{}", answer(&record, SAFE));
    record.events.retain(|event| matches!(event.what, What::Ended { .. }));
    assert!(answer(&record, DOWN).starts_with(" not measured"), "{}", answer(&record, DOWN));
}

/// One in sixteen slow answers is above the 95th percentile, and below the 90th.
#[test]
fn the_95th_percentile_is_printed() {
    let mut record = told();
    for event in &mut record.events {
        if let What::Sample(sample) = &mut event.what
            && sample.load.as_str() == "web"
            && sample.seq.is_multiple_of(16)
            && sample.due < Nanos::millis(10_000)
        {
            sample.done = sample.done.plus(Nanos::millis(50));
        }
    }
    let report = text(&analyse(&record), 100);
    let row = report.lines().find(|line| line.trim_start().starts_with("web     before"));
    let cells: Vec<&str> = row.unwrap_or_else(|| panic!("{report}")).split("  ").collect();
    let cells: Vec<&str> = cells.into_iter().map(str::trim).filter(|cell| !cell.is_empty()).collect();
    assert_eq!(cells, ["web", "before", "400", "0", "4.0 ms", "54.0 ms", "54.0 ms", "54.0 ms"]);
}
