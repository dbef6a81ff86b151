//! What nodes measured, as text.

use super::layout::{Column, count, paragraph, seconds, table};
use crate::model::MeasureKind;
use crate::report::measures::MeasureSummary;
use crate::report::series::percent;

/// Heads of the columns of [`cells`].
pub const HEADS: [&str; 9] = ["", "", "size", "times", "median", "interval of it", "", "slowest", "paper"];

pub fn text(measures: &[MeasureSummary], width: usize) -> String {
    if measures.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = measures.iter().map(|measure| cells(measure).to_vec()).collect();
    let mut columns = [Column::Right; 9];
    (columns[0], columns[1]) = (Column::Left, Column::Left);
    let mut out = format!(
        "\nWhat the holder measured, in MB/s (millions of bytes a second)\n{}",
        table(&HEADS, &rows, &columns)
    );
    for line in measures.iter().flat_map(remarks) {
        out += &paragraph(&line, "  ", width);
    }
    out
}

/// A measurement as cells of a table.
pub fn cells(measure: &MeasureSummary) -> [String; 9] {
    let done = measure.runs.len();
    let times = if done == measure.wanted as usize {
        done.to_string()
    } else {
        format!("{done} of {}", measure.wanted)
    };
    let bound = measure.interval;
    [
        measure.name.to_string(),
        what(measure.kind).to_owned(),
        measure.size.to_string(),
        times,
        measure.median.map_or_else(|| "not measured".to_owned(), megabytes),
        bound.map_or_else(String::new, |bound| {
            format!("{} to {}", megabytes(bound.low), megabytes(bound.high))
        }),
        bound.map_or_else(String::new, |bound| percent(bound.coverage)),
        measure.slowest.map_or_else(String::new, megabytes),
        measure.paper.map_or_else(String::new, |rate| megabytes(rate as f64)),
    ]
}

/// What there is to say of a measurement besides: every repeat, and the mirror afterwards.
pub fn remarks(measure: &MeasureSummary) -> Vec<String> {
    let name = &measure.name;
    let all: Vec<String> = measure.runs.iter().map(|run| megabytes(run.rate)).collect();
    let mut lines = Vec::new();
    if !all.is_empty() {
        lines.push(format!("{name}, each: {}", all.join(", ")));
    }
    if let Some(behind) = measure.behind {
        lines.push(format!(
            "{name}: after the write had returned, up to {} until all of it was on the disks",
            seconds(behind)
        ));
    }
    if let Some(unsynced) = measure.unsynced {
        let of = count(measure.runs.len(), "time");
        lines.push(format!(
            "{name}: the mirror was in sync at the end {} of {of}",
            measure.runs.len() - unsynced
        ));
    }
    if measure.doubtful > 0 {
        lines.push(format!("{name}: the node's clock was wrong in {}", count(measure.doubtful, "repeat")));
    }
    lines
}

fn what(kind: MeasureKind) -> &'static str {
    match kind {
        MeasureKind::Write => "written, not flushed",
        MeasureKind::WriteAndFlush => "written and flushed",
        MeasureKind::ReadMemory => "read from memory",
        MeasureKind::ReadDisk => "read from disk, or the host's memory",
    }
}

/// Millions of bytes a second with three digits that count.
pub fn megabytes(rate: f64) -> String {
    let rate = rate / 1e6;
    let digits = if rate >= 100.0 {
        0
    } else if rate >= 10.0 {
        1
    } else {
        2
    };
    format!("{rate:.digits$}")
}
