//! Durations that only the lab itself can measure, as reported by its pages.

mod section;

use std::collections::BTreeMap;

use serde::Serialize;

use super::analysis::StepDone;
use super::clients::percentile;
use super::index::Index;
use super::own::{self, OwnReport};
use super::ramps;
use super::series::Quantity;
use crate::model::{LoadName, Origin};
use crate::probe::web::told;
use crate::record::{Nanos, Record};

/// The timings that a page reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageTimings {
    /// The load that queried it.
    pub load: LoadName,
    /// The page's name for the duration.
    pub word: String,
    /// Whose word they are.
    pub origin: Origin,
    /// The times by part of the drill.
    pub times: BTreeMap<DrillPart, PageTimes>,
}

/// A part of the drill, by the time of the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DrillPart {
    /// Before the first step.
    Before,
    /// During a ramp.
    Ramp,
    /// After the first step.
    After,
}

/// Durations that a page reported. It reports bounds; these are the upper ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PageTimes {
    /// Their number.
    pub count: usize,
    /// The median.
    pub p50: Nanos,
    /// The 95th percentile.
    pub p95: Nanos,
    /// The 99th percentile.
    pub p99: Nanos,
    /// The maximum.
    pub max: Nanos,
}

/// The durations that the pages of a drill reported, in the order of its loads.
pub fn page_timings(record: &Record) -> Vec<PageTimings> {
    own::of(record, timings)
}

/// The report on durations that pages report.
pub fn report(index: &Index<'_>, steps: &[StepDone]) -> Option<OwnReport> {
    let all = timings(index, steps);
    let section = section::section(&all);
    let quantities = all.iter().flat_map(quantities).collect();
    let (sections, own) = (section.into_iter().collect(), OwnReport::new("page_timings", &all));
    (!all.is_empty()).then_some(OwnReport { sections, quantities, ..own })
}

fn quantities(pages: &PageTimings) -> Vec<Quantity> {
    let part = |(when, times): (&DrillPart, &PageTimes)| {
        let (half, all) = match when {
            DrillPart::Before => ("p50, before", "max, before"),
            DrillPart::Ramp => ("p50, under rising load", "max, under rising load"),
            DrillPart::After => ("p50, after", "max, after"),
        };
        [Quantity::time(&pages.load, half, times.p50), Quantity::time(&pages.load, all, times.max)]
    };
    pages.times.iter().flat_map(part).collect()
}

fn timings(index: &Index<'_>, steps: &[StepDone]) -> Vec<PageTimings> {
    let ramped = ramps::span(index);
    let first = steps.first().map_or(Nanos(u64::MAX), |step| step.called);
    let when = |due: Nanos| match &ramped {
        _ if due >= first => DrillPart::After,
        Some(span) if span.contains(&due) => DrillPart::Ramp,
        _ => DrillPart::Before,
    };
    let told = index.record.header.drill.loads.iter().filter(|load| load.kind.word() == told::WORD);
    let loads = told.filter_map(|load| Some((&load.name, load.kind.text("word")?)));
    let summary = |(name, word): (&LoadName, &str)| {
        let mut parts: BTreeMap<DrillPart, Vec<Nanos>> = BTreeMap::new();
        for event in &index.record.events {
            if let Some((_, timed)) = told::Timed::read(&event.what).filter(|(load, _)| *load == name) {
                parts.entry(when(timed.due)).or_default().push(timed.high);
            }
        }
        let times = parts.into_iter().map(|(when, all)| (when, times(all))).collect();
        PageTimings { load: name.clone(), word: word.to_owned(), origin: Origin::Told, times }
    };
    loads.map(summary).collect()
}

fn times(mut all: Vec<Nanos>) -> PageTimes {
    all.sort_unstable();
    PageTimes {
        count: all.len(),
        p50: percentile(&all, 50),
        p95: percentile(&all, 95),
        p99: percentile(&all, 99),
        max: percentile(&all, 100),
    }
}
