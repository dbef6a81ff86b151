//! Evaluates measurements inside nodes: rates over the repeats of each measurement.

use serde::Serialize;

use super::statistics::{Interval, median};
use crate::model::{Bytes, Measure, MeasureKind, NodeName, Origin, StepName};
use crate::record::{MeasuredRun, Nanos, Record, What};

/// The tolerated difference between the node's clock and the host's observation, in percent of the time…
const CLOCK_PERCENT: u64 = 10;

/// …and in addition, for the transmission delay and a shell that stalls.
const CLOCK_SLACK: Nanos = Nanos::millis(1000);

/// A measurement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeasureSummary {
    /// Its name.
    pub name: StepName,
    /// The kind of measurement.
    pub kind: MeasureKind,
    /// The file system.
    pub folder: String,
    /// The size of the file.
    pub size: Bytes,
    /// The node that performed it; `None` if it did not begin.
    pub node: Option<NodeName>,
    /// The requested number of repeats.
    pub wanted: u32,
    /// Every completed repeat, in order.
    pub runs: Vec<MeasuredRate>,
    /// The median rate, in bytes per second; `None` without any repeat.
    pub median: Option<f64>,
    /// The interval of the median; `None` with a single repeat.
    pub interval: Option<Interval>,
    /// The lowest rate, in bytes per second.
    pub slowest: Option<f64>,
    /// The rate that the paper published, in bytes per second.
    pub paper: Option<u64>,
    /// The longest time from the return of the write until the data were on all disks; `None` if the write
    /// waited for that.
    pub behind: Option<Nanos>,
    /// The number of repeats after which the mirror was not in sync; `None` if the disk is not mirrored.
    pub unsynced: Option<usize>,
    /// The number of repeats in which the node's clock and the host's observation disagree.
    pub doubtful: usize,
    /// Whose word it is.
    pub origin: Origin,
}

/// A repeat.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeasuredRate {
    /// Its number, from 1.
    pub run: u32,
    /// Bytes per second, by the node's clock.
    pub rate: f64,
    /// Its duration.
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
        origin: Origin::Told,
        runs,
    }
}

/// Bytes per second: until the write returned, or until all data were on the disks.
fn rate(measure: &Measure, run: &MeasuredRun) -> f64 {
    let took = match measure.kind {
        MeasureKind::Write => run.returned,
        MeasureKind::WriteAndFlush | MeasureKind::ReadMemory | MeasureKind::ReadDisk => run.ended,
    };
    measure.size.0 as f64 / took.seconds().max(1e-6)
}

/// Whether the duration by the node's clock is implausible.
fn doubtful(run: &MeasuredRun) -> bool {
    let apart = run.heard.since(run.ended).max(run.ended.since(run.heard));
    apart > Nanos(run.heard.0 / 100 * CLOCK_PERCENT).plus(CLOCK_SLACK)
}
