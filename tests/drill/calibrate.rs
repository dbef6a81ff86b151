//! The probes on a wire whose cuts are known: the outages in reports depend on their accuracy.

use std::sync::atomic::AtomicBool;

use halab::model::Millis;
use halab::record::{Nanos, read_calibration, write_calibration};
use halab::report::{CalibrationReport, Verdict, calibration, calibration_text};
use halab::testing::drill::calibrate::{CalibrateError, Plan, calibrate, probes};

use super::{alone, program};

/// The lengths of the planted outages in milliseconds.
const LENGTHS: [u64; 4] = [50, 100, 400, 1200];

/// A busy machine delays requests, and a run with delayed requests is inconclusive. Each run plants one
/// outage, so that a moment in which the machine is busy spoils as little as possible.
const TRIES: u64 = 12;

/// The report on one outage of `length` milliseconds, measured by the probe `name`, from a run without
/// delays.
fn calibrated(name: &str, length: u64) -> CalibrationReport {
    let mut reports = (1..=TRIES).map(|seed| {
        let plan = Plan { lengths: vec![Millis(length)], seed };
        let chosen = probes().into_iter().filter(|load| load.name.as_str() == name).collect();
        let found = calibrate(&plan, chosen, program(), &AtomicBool::new(false), &mut |_| {}).unwrap();
        let report = calibration(&found);
        let folder = tempfile::tempdir().unwrap();
        let started = "2026-01-02T03:04:05Z".parse().unwrap();
        let file = write_calibration(folder.path(), &found, seed, started).unwrap();
        assert_eq!(calibration(&read_calibration(&file).unwrap()), report, "from its record it is the same");
        report
    });
    reports.find(|report| report.verdict != Verdict::Inconclusive).expect("the machine was always too busy")
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn planted_outages_are_measured_to_an_interval_and_two_milliseconds() {
    let _alone = alone();
    for (name, length) in ["http", "udp"].into_iter().flat_map(|name| LENGTHS.map(|length| (name, length))) {
        let report = calibrated(name, length);
        let text = calibration_text(&report, 100);
        assert_eq!((report.verdict, report.probes.len()), (Verdict::Pass, 1), "{text}");
        let probe = &report.probes[0];
        let allowed = Nanos(1_000_000_000 / u64::from(probe.rate)).plus(Nanos::millis(2));
        assert_eq!(probe.readings.len(), 1, "{text}");
        let reading = &probe.readings[0];
        assert!(reading.measured.is_some() && reading.within, "{text}");
        assert!(reading.error.unsigned_abs() <= allowed.0 + reading.uncertainty.0, "{text}");
        if name == "udp" {
            let by_loss = reading.methods.unwrap().by_loss;
            let off = by_loss.0.abs_diff(Nanos::millis(length).0);
            assert!(off <= 3_000_000, "{length} ms, by loss {by_loss}\n{text}");
        }
    }
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn a_user_who_stops_it_waits_for_nothing() {
    let _alone = alone();
    let plan = Plan { lengths: vec![Millis::seconds(600)], seed: 1 };
    let mut told = Vec::new();
    let stopped =
        calibrate(&plan, probes(), program(), &AtomicBool::new(true), &mut |place| told.push(place));
    // A measurement that waited for the end of the outage would take ten minutes.
    assert!(matches!(stopped, Err(CalibrateError::Cancelled)), "{stopped:?}");
    assert_eq!(told, [0]);
}
