//! A sweep: the results of its settings side by side.

use halab::model::{Axis, Millis, Sweep};
use halab::record::{Nanos, Record, SweepHeader, SweepRecord, SweptSetting, Verdict};
use halab::report::{
    MeasuredSetting, SweepReport, USUAL_MTBF, analyse, json, series_report, sweep_csv, sweep_html,
    sweep_report, sweep_text,
};

use super::series::{run, series};
use super::soak::{hasty, quiet, soaked};
use super::synthetic::{Truth, lab};

fn sweep(values: &[&str]) -> Sweep {
    let axis = |key: &str, values: &[&str]| Axis {
        key: key.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let over = vec![axis("keepalive", &["200ms"]), axis("deadtime", values)];
    Sweep { over, repeat: 3, soak: Some(Millis::seconds(30)) }
}

/// The measurements of a setting: these runs and this soak.
fn measured(runs: &[Record], soak: Option<&Truth>) -> MeasuredSetting {
    let (series, done) = series(runs);
    let runs = (!done.is_empty()).then(|| Ok(series_report(&series, &done, USUAL_MTBF)));
    MeasuredSetting { runs, soak: soak.map(|truth| Ok(analyse(&soaked(truth)))) }
}

fn report(values: &[&str], measured: &[MeasuredSetting], failures: &[Option<&str>]) -> SweepReport {
    let sweep = sweep(values);
    let setting = |((number, settings), failure): ((u32, Vec<String>), &Option<&str>)| SweptSetting {
        number,
        settings,
        series: Some(format!("20260102T03040{number}Z-power-cut.series.jsonl")),
        soak: Some(format!("20260102T03050{number}Z-soak")),
        failure: failure.map(str::to_owned),
    };
    let settings = (1..).zip(sweep.settings()).zip(failures).map(setting).collect();
    let header = SweepHeader::begin(&run(4000).header, sweep);
    sweep_report(&SweepRecord { header, settings, stopped: Some(false) }, measured)
}

/// A run that does not count: its clients were held up.
fn stalled() -> Record {
    let mut truth = Truth::typical();
    truth.stalls.push((Nanos::millis(20_000), Nanos::millis(24_000)));
    truth.record(&lab(200, 1000, true))
}

#[test]
fn settings_are_compared_and_those_that_fail_are_told() {
    let all = [
        measured(&[run(1900), run(2100), stalled()], Some(&hasty())),
        measured(&[run(4170), run(3900), run(4410)], Some(&quiet())),
        MeasuredSetting::default(),
    ];
    let failures = [None, None, Some("node2 did not become healthy in 180 s")];
    let report = report(&["1s", "3s", "9s"], &all, &failures);
    let verdicts: Vec<Verdict> = report.rows.iter().map(|row| row.verdict).collect();
    assert_eq!(verdicts, [Verdict::Pass, Verdict::Pass, Verdict::Error], "{:#?}", report.rows);
    assert_eq!(report.verdict, Verdict::Error, "a setting that could not be measured is not hidden");
    let [quick, slow, broken] = report.rows.as_slice() else { panic!("three rows") };
    let failover = |row: &halab::report::SweepRow| row.spread(report.figure.unwrap()).unwrap().median;
    assert!(failover(quick) < failover(slow));
    assert_eq!((quick.counted, quick.verdicts.values().sum::<usize>()), (2, 3));
    let (often, never) = (quick.soaked().unwrap().takeovers, slow.soaked().unwrap().takeovers);
    assert_eq!((often.events, never.events), (1, 0));
    assert!((often.per_hour - 120.0).abs() < 1e-6 && (never.at_most - 360.0).abs() < 1e-6);
    assert!(broken.soaked().is_none() && broken.remarks[0].contains("did not become healthy"));
    insta::with_settings!({snapshot_path => "../golden/reports", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("sweep", sweep_text(&report, 110));
        insta::assert_snapshot!("sweep-html", sweep_html(&report).unwrap());
        insta::assert_snapshot!("sweep-csv", sweep_csv(&report));
        insta::assert_snapshot!("sweep-json", serde_json::to_string_pretty(&json(&report)).unwrap());
    });
}

#[test]
fn a_setting_without_a_soak_or_a_run_that_counts_proves_nothing() {
    let without_soak = measured(&[run(4000)], None);
    let without_runs = measured(&[stalled()], Some(&quiet()));
    let mut late = quiet();
    late.stalls.push((Nanos::millis(20_000), Nanos::millis(24_000)));
    let held_up = measured(&[run(4000)], Some(&late));
    let report = report(&["1s", "2s", "3s"], &[without_soak, without_runs, held_up], &[None, None, None]);
    let verdicts: Vec<Verdict> = report.rows.iter().map(|row| row.verdict).collect();
    assert_eq!(verdicts, [Verdict::Inconclusive; 3]);
    assert!(report.rows.iter().all(|row| row.soaked().is_none() || row.counted == 0));
}

#[test]
fn what_may_never_happen_fails_a_setting() {
    let mut double = Truth::typical();
    double.held.push((2, Nanos::millis(5000), Nanos::millis(5200)));
    let in_a_run = measured(&[double.record(&lab(200, 1000, true))], Some(&quiet()));
    let mut both = quiet();
    both.held.push((2, Nanos::millis(20_000), Nanos::millis(20_200)));
    let in_the_soak = measured(&[run(4000)], Some(&both));
    let report = report(&["1s", "2s"], &[in_a_run, in_the_soak], &[None, None]);
    assert!(report.rows.iter().all(|row| row.verdict == Verdict::Fail), "{:#?}", report.rows);
}
