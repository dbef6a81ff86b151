//! Times that only the lab's own pages can measure.

use super::super::document::{Cell, Section, columns};
use super::super::numbers::response;
use super::super::terms::mark;
use super::{DrillPart, PageTimings};
use crate::model::Origin;

pub fn section(timings: &[PageTimings]) -> Option<Section> {
    let heads = columns("load | timed | part | times> | p50> | p95> | p99> | max> | ");
    let rows: Vec<Vec<Cell>> = timings.iter().flat_map(rows).collect();
    let section = Section::new("Times reported by the lab's own pages").table(heads, rows).unless_empty()?;
    Some(section.notes(["Upper bounds: nothing took longer.".to_owned()]))
}

/// A row for each part of the drill.
fn rows(timings: &PageTimings) -> impl Iterator<Item = Vec<Cell>> {
    timings.times.iter().map(|(part, times)| {
        let part = match part {
            DrillPart::Before => "before",
            DrillPart::Ramp => "under rising load",
            DrillPart::After => "after",
        };
        let spans = [times.p50, times.p95, times.p99, times.max].map(|span| response(span).into());
        let mut cells = vec![
            timings.load.to_string().into(),
            timings.word.clone().into(),
            part.into(),
            times.count.into(),
        ];
        cells.extend(spans);
        cells.push(mark(Origin::Told));
        cells
    })
}
