//! What nodes measured: rates over the repeats of each measurement.

use serde::Serialize;

use super::statistics::{Interval, median};
use crate::model::{Bytes, Measure, MeasureKind, NodeName, StepName};
use crate::record::{MeasuredRun, Nanos, Record, What};

/// How far the node's clock may be from what was heard from outside, in parts of a hundred of the time…
const CLOCK_PERCENT: u64 = 10;

/// …and besides, for what is said on its way here and for a shell that stutters.
const CLOCK_SLACK: Nanos = Nanos::millis(1000);

/// A measurement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeasureSummary {
    /// Its name.
    pub name: StepName,
    /// What was measured.
    pub kind: MeasureKind,
    /// The file system.
    pub folder: String,
    /// How large the file was.
    pub size: Bytes,
    /// The node that did it; none if it never began.
    pub node: Option<NodeName>,
    /// How often it was to be done.
    pub wanted: u32,
    /// Every repeat that came to its end, in order.
    pub runs: Vec<MeasuredRate>,
    /// The middle rate, in bytes a second; none without any repeat.
    pub median: Option<f64>,
    /// Where the median of all repeats that could be made is; none with a single one.
    pub interval: Option<Interval>,
    /// The lowest rate, in bytes a second.
    pub slowest: Option<f64>,
    /// What the paper published, in bytes a second.
    pub paper: Option<u64>,
    /// After the write had returned, how long it took at most until it was on all disks; none if it was waited for.
    pub behind: Option<Nanos>,
    /// In how many repeats the mirror was not in sync at the end; none if the disk is none.
    pub unsynced: Option<usize>,
    /// In how many repeats the node's clock and what was heard from outside do not agree.
    pub doubtful: usize,
}

/// A repeat.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeasuredRate {
    /// Its number, from 1.
    pub run: u32,
    /// Bytes a second, by the node's clock.
    pub rate: f64,
    /// What it took.
    #[serde(rename = "took")]
    pub result: MeasuredRun,
}

/// All measurements of a drill, in its order.
pub fn measures(record: &Record) -> Vec<MeasureSummary> {
    record.header.drill.measures.iter().map(|measure| summary(record, measure)).collect()
}

fn summary(record: &Record, measure: &Measure) -> MeasureSummary {
    let of = record.events.iter().filter_map(|event| match &event.what {
        What::Measured { measure: name, node, run, result, .. } if *name == measure.name => {
            Some((node, *run, *result))
        }
        _ => None,
    });
    let all: Vec<_> = of.collect();
    let runs: Vec<MeasuredRate> = all
        .iter()
        .filter_map(|(_, run, result)| {
            Some(MeasuredRate { run: *run, rate: rate(measure, &(*result)?), result: (*result)? })
        })
        .collect();
    let rates: Vec<f64> = runs.iter().map(|run| run.rate).collect();
    let middle = median(&rates);
    let synced: Vec<bool> = runs.iter().filter_map(|run| run.result.in_sync).collect();
    let behind = runs.iter().map(|run| run.result.ended.since(run.result.returned)).max();
    MeasureSummary {
        name: measure.name.clone(),
        kind: measure.kind,
        folder: measure.folder.clone(),
        size: measure.size,
        node: all.first().map(|(node, ..)| (*node).clone()),
        wanted: measure.times,
        median: middle.map(|middle| middle.value),
        interval: middle.and_then(|middle| middle.interval),
        slowest: rates.iter().copied().min_by(f64::total_cmp),
        paper: measure.paper,
        behind: behind.filter(|_| measure.kind == MeasureKind::Write),
        unsynced: (!synced.is_empty()).then(|| synced.iter().filter(|in_sync| !**in_sync).count()),
        doubtful: runs.iter().filter(|run| doubtful(&run.result)).count(),
        runs,
    }
}

/// Bytes in a second: until the write had returned, or until all was on the disks.
fn rate(measure: &Measure, run: &MeasuredRun) -> f64 {
    let took = match measure.kind {
        MeasureKind::Write => run.returned,
        MeasureKind::WriteAndFlush | MeasureKind::ReadMemory | MeasureKind::ReadDisk => run.ended,
    };
    measure.size.0 as f64 / took.seconds().max(1e-6)
}

/// Whether what the node says it took is not what it took.
fn doubtful(run: &MeasuredRun) -> bool {
    let apart = run.heard.since(run.ended).max(run.ended.since(run.heard));
    apart > Nanos(run.heard.0 / 100 * CLOCK_PERCENT).plus(CLOCK_SLACK)
}
