//! Measurements in nodes: from times to rates, and the verdict on a mirror that lags behind.

use halab::model::{Bytes, Measure, MeasureKind};
use halab::record::{Event, MeasuredRun, Nanos, Record, What};
use halab::report::{Verdict, analyse, html, json, text};

use super::soak::quiet;
use super::synthetic::{lab, node};

fn measure(name: &str, kind: MeasureKind, times: u32) -> Measure {
    let (holder, folder) = ("web".parse().unwrap(), "/srv/data".to_owned());
    let size = Bytes(100_000_000);
    Measure { name: name.parse().unwrap(), kind, holder, folder, size, times, paper: Some(50_700_000) }
}

/// A repetition with the time until the write had returned, and the time until all data were on the disks, in
/// milliseconds.
fn took(returned: u64, ended: u64) -> MeasuredRun {
    let (returned, ended) = (Nanos::millis(returned), Nanos::millis(ended));
    MeasuredRun { returned, ended, heard: ended.plus(Nanos::millis(40)), in_sync: Some(true) }
}

fn record(measures: &[(Measure, Vec<MeasuredRun>)]) -> Record {
    let mut record = quiet().record(&lab(200, 1000, true));
    record.events.retain(|event| !matches!(event.what, What::Step { .. } | What::Goal { .. }));
    record.header.drill.steps.clear();
    record.header.drill.expect.clear();
    for (measure, runs) in measures {
        record.header.drill.measures.push(measure.clone());
        for (run, result) in (1..).zip(runs) {
            let (measure, node, result, failure) = (measure.name.clone(), node(1), Some(*result), None);
            let what = What::Measured { measure, node, run, result, failure };
            record.events.push(Event { t: Nanos::millis(8000 + u64::from(run)), what });
        }
    }
    record
}

#[test]
fn rates_are_bytes_over_time_and_say_which_time() {
    let flushed = [2000, 2500, 4000, 2000, 2500, 2000].map(|ended| took(500, ended)).to_vec();
    let written = vec![took(500, 2500), took(400, 2000), took(1000, 2000)];
    let record = record(&[
        (measure("flushed-100", MeasureKind::WriteAndFlush, 6), flushed),
        (measure("written-100", MeasureKind::Write, 5), written),
    ]);
    let analysis = analyse(&record);
    let told: Vec<_> = analysis.reasons.iter().map(|reason| reason.text.as_str()).collect();
    assert_eq!(
        (analysis.verdict, told),
        (Verdict::Inconclusive, vec!["written-100 was measured 3 of 5 times"])
    );
    let [flushed, written] = analysis.measures.as_slice() else { panic!("two measurements") };
    assert_eq!((flushed.median, flushed.slowest), (Some(45e6), Some(25e6)));
    let interval = flushed.interval.unwrap();
    assert_eq!((interval.low, interval.high), (25e6, 50e6));
    assert_eq!((flushed.behind, flushed.unsynced), (None, Some(0)));
    assert_eq!((written.median, written.slowest), (Some(200e6), Some(100e6)), "until the write had returned");
    assert_eq!((written.behind, written.runs.len(), written.wanted), (Some(Nanos::millis(2000)), 3, 5));
    insta::with_settings!({snapshot_path => "../golden/reports", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("measures", text(&analysis, 100));
        insta::assert_snapshot!("measures-json", serde_json::to_string_pretty(&json(&analysis.measures)).unwrap());
    });
    let page = html(&record, &analysis).unwrap();
    assert!(page.contains("Throughput of the holder") && page.contains("25.0 to 50.0"), "{page}");
}

#[test]
fn a_mirror_that_lags_fails_and_a_clock_that_is_wrong_proves_nothing() {
    let mut behind = took(500, 2000);
    behind.in_sync = Some(false);
    let late = record(&[(measure("flushed", MeasureKind::WriteAndFlush, 2), vec![took(500, 2000), behind])]);
    let analysis = analyse(&late);
    assert_eq!((analysis.verdict, analysis.measures[0].unsynced), (Verdict::Fail, Some(1)));
    assert!(
        analysis.reasons[0].text.contains("1 times the mirror was not in sync"),
        "{:?}",
        analysis.reasons
    );
    let mut slow = took(500, 2000);
    slow.heard = Nanos::millis(4000);
    let wrong = analyse(&record(&[(measure("flushed", MeasureKind::WriteAndFlush, 1), vec![slow])]));
    assert_eq!((wrong.verdict, wrong.measures[0].doubtful), (Verdict::Inconclusive, 1));
    // Without a mirror, none lags.
    let mut alone = took(500, 2000);
    alone.in_sync = None;
    let alone = analyse(&record(&[(measure("flushed", MeasureKind::WriteAndFlush, 1), vec![alone])]));
    assert_eq!((alone.verdict, alone.measures[0].unsynced), (Verdict::Pass, None));
}
