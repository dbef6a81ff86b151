//! The throughput of the holder.

use super::super::document::{Cell, Section, columns};
use super::super::measures::MeasureSummary;
use super::super::numbers::{megabytes, percent, seconds};
use super::super::terms::mark;
use crate::base::words::several;
use crate::model::MeasureKind;

pub fn section(measures: &[MeasureSummary]) -> Option<Section> {
    let heads =
        columns(" | what | size> | repeats> | median> | interval of the median> | slowest> | paper> | ");
    let section = Section::new("Throughput of the holder, in MB/s (millions of bytes per second)");
    section
        .table(heads, measures.iter().map(row).collect())
        .notes(measures.iter().flat_map(remarks))
        .unless_empty()
}

fn row(measure: &MeasureSummary) -> Vec<Cell> {
    let done = measure.runs.len();
    let repeats = match measure.wanted as usize {
        wanted if wanted == done => done.to_string(),
        wanted => format!("{done} of {wanted}"),
    };
    let interval = measure.interval.map_or_else(String::new, |span| {
        format!("{} to {} ({})", megabytes(span.low), megabytes(span.high), percent(span.coverage))
    });
    vec![
        measure.name.to_string().into(),
        what(measure.kind).into(),
        measure.size.to_string().into(),
        repeats.into(),
        Cell::strong(measure.median.map_or_else(|| "not measured".to_owned(), megabytes)),
        interval.into(),
        measure.slowest.map_or_else(String::new, megabytes).into(),
        measure.paper.map_or_else(String::new, |rate| megabytes(rate as f64)).into(),
        mark(measure.origin),
    ]
}

/// Every repeat, and the state of the mirror afterwards.
fn remarks(measure: &MeasureSummary) -> Vec<String> {
    let name = &measure.name;
    let all: Vec<String> = measure.runs.iter().map(|run| megabytes(run.rate)).collect();
    let mut lines = Vec::new();
    if !all.is_empty() {
        lines.push(format!("{name}, each repeat: {}.", all.join(", ")));
    }
    if let Some(behind) = measure.behind {
        lines.push(format!(
            "{name}: the disks had all data up to {} after the write returned.",
            seconds(behind)
        ));
    }
    if let Some(unsynced) = measure.unsynced {
        let (synced, of) = (measure.runs.len() - unsynced, several(measure.runs.len(), "repeat"));
        lines.push(format!("{name}: the mirror was in sync at the end of {synced} of {of}."));
    }
    if measure.doubtful > 0 {
        lines.push(format!("{name}: the node's clock was wrong in {}.", several(measure.doubtful, "repeat")));
    }
    lines
}

fn what(kind: MeasureKind) -> &'static str {
    match kind {
        MeasureKind::Write => "write, not flushed",
        MeasureKind::WriteAndFlush => "write and flush",
        MeasureKind::ReadMemory => "read from memory",
        MeasureKind::ReadDisk => "read from disk or the host's cache",
    }
}
