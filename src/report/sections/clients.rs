//! What clients met: requests, response times, and how well the load generator kept its schedule.

use std::collections::BTreeMap;

use super::super::analysis::Analysis;
use super::super::counts::{ClientsSummary, ResponseTimes, Window};
use super::super::document::{Cell, Section, columns};
use super::super::numbers::{response, seconds};
use crate::record::Nanos;

/// Requests and response times of every load.
pub fn requests(analysis: &Analysis) -> Option<Section> {
    let loads = || analysis.clients.iter().filter(|load| load.offered > 0);
    let heads = columns("load | part | requests> | failed> | p50> | p95> | p99> | max>");
    let samples = |load: &ClientsSummary| {
        let mut own = analysis.own.iter().flat_map(|own| &own.samples);
        own.find(|(name, _)| *name == load.load).map_or("requests", |(_, samples)| samples)
    };
    let failures = loads().map(|load| failures(load, samples(load)));
    let section = Section::new("Response times").table(heads, loads().flat_map(rows).collect());
    let section = section.notes(failures).unless_empty()?;
    let how =
        "A response time begins when the request is due. A failed request counts with its whole time-out.";
    Some(section.notes([how.to_owned()]))
}

fn rows(load: &ClientsSummary) -> Vec<Vec<Cell>> {
    let row = |(place, (window, times)): (usize, (&Window, &ResponseTimes))| {
        let part = match window {
            Window::Before => "before",
            Window::During => "in outages",
            Window::After => "after",
        };
        let time = |span: Nanos| {
            if span >= load.timeout { format!("≥ {}", response(load.timeout)) } else { response(span) }
        };
        let name = if place == 0 { load.load.to_string() } else { String::new() };
        let mut cells: Vec<Cell> = vec![name.into(), part.into(), times.count.into(), times.failed.into()];
        cells.extend([times.p50, times.p95, times.p99, times.max].map(|span| time(span).into()));
        cells
    };
    load.response.iter().enumerate().map(row).collect()
}

fn failures(load: &ClientsSummary, what: &str) -> String {
    let failed: usize = load.failed.values().sum();
    let kinds = if failed > 0 { format!(": {}", kinds(&load.failed)) } else { String::new() };
    let (name, rate, offered, answered) = (&load.load, load.rate, load.offered, load.answered);
    format!("{name}: {rate} {what} per second; {offered} due, {answered} answered, {failed} failed{kinds}.")
}

/// `3 refused, 1 reset`
pub fn kinds(counts: &BTreeMap<String, usize>) -> String {
    counts.iter().map(|(kind, number)| format!("{number} {kind}")).collect::<Vec<_>>().join(", ")
}

/// How well the load generator kept its schedule.
pub fn timekeeping(analysis: &Analysis) -> Option<Section> {
    let heads = columns("load | sent> | late> | latest by> | at> | not sent> | processor> | why*");
    let section =
        Section::new("Measurement quality").table(heads, analysis.clients.iter().map(kept).collect());
    let what = "Late: sent more than half an interval after the request was due.";
    Some(section.unless_empty()?.notes([what.to_owned()]))
}

fn kept(load: &ClientsSummary) -> Vec<Cell> {
    let time = &load.timekeeping;
    let late = time.longest > Nanos(0);
    let if_late = |text: String| if late { text.into() } else { Cell::default() };
    vec![
        load.load.to_string().into(),
        time.sent.into(),
        time.late.into(),
        if_late(response(time.longest)),
        if_late(seconds(time.longest_at)),
        Cell::unless_zero(time.dropped),
        time.processor.map_or_else(String::new, |share| format!("{:.1} %", share * 100.0)).into(),
        time.drop_reason.clone().unwrap_or_default().into(),
    ]
}
