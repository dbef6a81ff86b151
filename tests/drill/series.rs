//! A drill that was repeated: what its runs show together.

use halab::model::Millis;
use halab::model::drill::Figure;
use halab::record::{Nanos, Record, Series, SeriesHeader, SeriesRun, Verdict};
use halab::report::{Performed, SeriesReport, USUAL_MTBF, analyse, json, series_report, series_text};

use super::synthetic::{Truth, lab};

/// A run in which the service was away from the cut at 10.03 s on for so many milliseconds.
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
        insta::assert_snapshot!("series-json", serde_json::to_string_pretty(&json(&report)).unwrap());
    });
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
    assert!(text.contains("If a failure comes every 1.0 hours (assumed"), "{text}");
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
    let empty = Series { runs: Vec::new(), stopped: Some(true), ..series };
    let report = series_report(&empty, &[], USUAL_MTBF);
    assert_eq!(report.verdict, Verdict::Error);
    let text = series_text(&report, 80);
    assert!(text.contains("0 of 2 runs, then stopped") && text.contains("No run measured"), "{text}");
}
