//! A repeated drill: the combined results of its runs.

use halab::model::Millis;
use halab::model::drill::Figure;
use halab::record::{Nanos, Record, Series, SeriesHeader, SeriesRun, Verdict};
use halab::report::{
    Change, Diff, Group, Performed, SeriesReport, USUAL_MTBF, Unit, analyse, diff, diff_text, json,
    series_csv, series_html, series_junit, series_report, series_text,
};

use super::synthetic::{Truth, lab};
use super::told;

/// A run with an outage of this number of milliseconds, from the cut at 10.03 s on.
pub fn run(away: u64) -> Record {
    let mut truth = Truth::typical();
    let back = Nanos::millis(10_030 + away);
    truth.away[0].1 = back;
    truth.held[1].1 = back;
    truth.record(&lab(200, 1000, true))
}

/// A series of these runs.
pub fn series(records: &[Record]) -> (Series, Vec<Performed>) {
    let header = SeriesHeader::begin(&records[0].header, u32::try_from(records.len()).unwrap());
    let runs: Vec<Performed> = records.iter().map(|record| Ok(analyse(record))).collect();
    let line = |(number, done): (u32, &Performed)| SeriesRun {
        number,
        seed: 1000 + u64::from(number),
        record: format!("20260102T0{number}0405Z-power-cut"),
        verdict: done.as_ref().unwrap().verdict,
    };
    let lines = (1..).zip(&runs).map(line).collect();
    (Series { header, runs: lines, stopped: Some(false), last_record: None }, runs)
}

fn report(records: &[Record]) -> SeriesReport {
    let (series, runs) = series(records);
    series_report(&series, &runs, USUAL_MTBF)
}

#[test]
fn five_runs() {
    let report = report(&[4170, 3900, 4410, 4020, 6230].map(run));
    assert_eq!((report.verdict, report.counted), (Verdict::Pass, 5));
    let failover = &report.figures[0];
    assert_eq!((failover.figure, failover.p95.needed), (Figure::Failover, Some(59)));
    let span = failover.interval.unwrap();
    assert_eq!((span.low, span.high), (failover.best, failover.worst));
    assert!((span.coverage - 0.9375).abs() < 1e-12);
    assert_eq!(report.harms.len(), 2);
    assert!(report.harms.iter().all(|harm| harm.at_most == Some(0.6)), "{:?}", report.harms);
    insta::with_settings!({snapshot_path => "../golden/reports", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("series", series_text(&report, 110));
        insta::assert_snapshot!("series-html", series_html(&report).unwrap());
        insta::assert_snapshot!("series-csv", series_csv(&report));
        insta::assert_snapshot!("series-json", serde_json::to_string_pretty(&json(&report)).unwrap());
    });
}

/// A drill without an outage reports its other measurements, and projects nothing from unobserved events.
#[test]
fn what_is_measured_besides_is_summed_up() {
    let report = report(&[3, 1, 2].map(told::record));
    assert!(report.figures.is_empty());
    let found = |of: &str, what: &str| {
        let found = report.quantities.iter().find(|one| one.of == of && one.what == what);
        found.unwrap_or_else(|| panic!("{what} of {of} in {:?}", report.quantities))
    };
    let half = found("one-to-two", "p50, before");
    assert_eq!((half.unit, half.values.as_slice()), (Unit::Nanoseconds, [240e6, 80e6, 160e6].as_slice()));
    assert_eq!((half.lowest, half.median, half.highest), (80e6, 160e6, 240e6));
    assert_eq!(found("one-to-two", "max, under rising load").highest, 330e6);
    let capacity = found("pages", "capacity, at least");
    assert_eq!((capacity.unit, capacity.values.as_slice()), (Unit::RequestsPerSecond, [10.0; 3].as_slice()));
    assert!(!report.quantities.iter().any(|one| one.what.contains("downtime")), "there was no outage");
    insta::with_settings!({snapshot_path => "../golden/reports", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("series-measured", series_text(&report, 100));
    });
    assert!(series_html(&report).unwrap().contains("p50, before"));
}

#[test]
fn with_sixty_runs_the_percentile_has_a_bound() {
    let one = analyse(&run(4170));
    let records = [run(4170)];
    let (mut series, _) = series(&records);
    series.runs = vec![series.runs[0].clone(); 60];
    let report = series_report(&series, &vec![Ok(one); 60], Millis::seconds(3600));
    let failover = &report.figures[0];
    assert_eq!(failover.p95.at_most, Some(failover.worst));
    assert_eq!(report.harms[0].at_most, Some(0.05));
    let text = series_text(&report, 100);
    assert!(text.contains("for a failure every 1.0 hours (MTBF, assumed)"), "{text}");
}

#[test]
fn a_run_that_proves_nothing_is_in_no_figure_and_a_failed_one_is() {
    let mut stalled = Truth::typical();
    stalled.stalls.push((Nanos::millis(20_000), Nanos::millis(24_000)));
    let stalled = stalled.record(&lab(200, 1000, true));
    let mut double = Truth::typical();
    double.held.push((2, Nanos::millis(5000), Nanos::millis(5200)));
    let double = double.record(&lab(200, 1000, true));
    let report = report(&[run(4170), stalled, double]);
    assert_eq!(report.verdict, Verdict::Fail);
    assert_eq!((report.counted, report.runs.len(), report.figures[0].values.len()), (2, 3, 2));
    let harm = &report.harms[1];
    assert_eq!((harm.happened, harm.runs, harm.at_most), (1, 3, None));
    insta::with_settings!({snapshot_path => "../golden/reports", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("series-mixed", series_text(&report, 80));
    });
}

#[test]
fn a_record_that_is_gone_and_a_series_without_runs_are_errors() {
    let (series, mut runs) = series(&[run(4170), run(4000)]);
    runs[1] = Err("the record cannot be read".to_owned());
    let report = series_report(&series, &runs, USUAL_MTBF);
    assert_eq!((report.verdict, report.counted), (Verdict::Error, 1));
    let xml = series_junit(&report, &runs);
    assert!(
        xml.contains("power-cut run 1") && xml.contains("<error message=\"the record cannot be"),
        "{xml}"
    );
    let empty = Series { runs: Vec::new(), stopped: Some(true), ..series };
    let report = series_report(&empty, &[], USUAL_MTBF);
    assert_eq!(report.verdict, Verdict::Error);
    let text = series_text(&report, 80);
    assert!(
        text.contains("0 of 2 runs, then stopped") && text.contains("No run that counts measured"),
        "{text}"
    );
}

fn group(name: &str, away: &[u64], settings: &str) -> Group {
    let runs = away.iter().map(|away| {
        let mut record = run(*away);
        record.header.settings = vec![settings.to_owned()];
        record.header.lab_digest = halab::model::spec::Digest::of(&settings);
        analyse(&record)
    });
    Group::new(name, runs.collect()).unwrap()
}

fn compared(before: &[u64], after: &[u64]) -> Diff {
    diff(&group("slow", before, "deadtime=2s"), &group("fast", after, "deadtime=1s"), None)
}

#[test]
fn a_change_that_moves_the_outage_is_told_from_chance() {
    let (slow, fast) = ([4170, 4900, 4410, 5020, 4230], [3170, 3900, 3410, 4020, 3230]);
    let faster = compared(&slow, &fast);
    assert_eq!((faster.change, faster.figure), (Change::Faster, Some(Figure::Failover)));
    let shift = faster.figures[0].shift.unwrap();
    assert!((shift.value + 1_000_000_000).abs() < 40_000_000, "{shift:?}");
    assert_eq!(faster.figures[1].change, Change::NoDifference, "the failback is the same in all runs");
    assert_eq!(compared(&fast, &slow).change, Change::Slower);
    assert_eq!(compared(&slow, &slow).change, Change::NoDifference);
    assert_eq!(compared(&slow[..3], &fast[..4]).change, Change::TooFewRuns);
    insta::with_settings!({snapshot_path => "../golden/reports", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("diff", diff_text(&faster, 100));
        insta::assert_snapshot!("diff-none", diff_text(&compared(&slow, &[4200, 4950, 4300, 5030]), 80));
        insta::assert_snapshot!("diff-json", serde_json::to_string_pretty(&json(&faster)).unwrap());
    });
}

#[test]
fn what_else_differs_is_said() {
    let one = group("a", &[4170; 4], "x=1");
    let same = diff(&one, &one.clone(), Some(Figure::WriteOutage));
    assert!(same.remarks[0].contains("the very same lab"), "{:?}", same.remarks);
    assert_eq!((same.figure, same.change), (Some(Figure::WriteOutage), Change::NoDifference));
    let mut record = run(4170);
    record.header.accelerator = "kvm".to_owned();
    record.header.drill_digest = halab::model::spec::Digest::of(&"another");
    let other = Group::new("b", vec![analyse(&record)]).unwrap();
    let remarks = diff(&one, &other, None).remarks.join("; ");
    assert!(
        remarks.contains("by tcg before, and by kvm after") && remarks.contains("drill itself"),
        "{remarks}"
    );
}
