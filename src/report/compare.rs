//! Compares the drills of several labs: the same faults and loads on different systems.

use serde::Serialize;

use super::analysis::Analysis;
use super::counts::{ResponseTimes, Window};
use super::document::{Cell, Section, columns};
use super::numbers::{plain, response, seconds};
use super::terms::verdict_title;
use super::text::{clamp, sections};
use crate::model::{DrillName, InstanceName, LoadName};
use crate::record::{Nanos, Verdict};

/// Drills of several labs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The capacity of each lab, by ramp.
    pub capacities: Vec<CapacityRow>,
    /// The cost of each drill, by drill.
    pub drills: Vec<DrillRow>,
}

/// The capacity of a lab.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CapacityRow {
    /// The ramp.
    pub ramp: LoadName,
    /// The time-out of a request.
    pub timeout: Nanos,
    /// The instance.
    pub instance: InstanceName,
    /// The highest rate that it kept up with, in requests per second.
    pub capacity: Option<u32>,
    /// Whether a higher rate was tried and failed.
    pub saturated: bool,
    /// Response times at that rate.
    pub response: Option<ResponseTimes>,
    /// The verdict of its drill.
    pub verdict: Verdict,
}

/// The cost of a drill.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DrillRow {
    /// The drill.
    pub drill: DrillName,
    /// A one-line description.
    pub title: String,
    /// The instance.
    pub instance: InstanceName,
    /// The name of the record's folder.
    pub record: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// The total downtime; `None` if the service was not queried.
    pub away: Option<Nanos>,
    /// The results of the requests of each load, in the order of the drill.
    pub loads: Vec<LoadRow>,
    /// Acknowledged writes that were missing at the end.
    pub lost: usize,
}

/// The results of the requests of a load.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoadRow {
    /// The load.
    pub load: LoadName,
    /// Requests that were due.
    pub offered: usize,
    /// How many of them failed.
    pub failed: usize,
    /// Response times from the first fault on, outside of outages.
    pub response: Option<ResponseTimes>,
}

/// Compares drills, each with its instance and the name of its record; the instances are in the order of
/// display.
pub fn compare(performed: &[(InstanceName, String, Analysis)]) -> Comparison {
    let mut capacities: Vec<CapacityRow> = Vec::new();
    let mut drills: Vec<DrillRow> = Vec::new();
    for (instance, record, analysis) in performed {
        capacities.extend(analysis.ramps.iter().map(|ramp| {
            let at_capacity = ramp.steps.iter().find(|step| Some(step.rate) == ramp.capacity);
            CapacityRow {
                ramp: ramp.ramp.clone(),
                timeout: ramp.timeout,
                instance: instance.clone(),
                capacity: ramp.capacity,
                saturated: ramp.saturated,
                response: at_capacity.and_then(|step| step.response),
                verdict: analysis.verdict,
            }
        }));
        if analysis.ramps.is_empty() {
            drills.push(drill(instance, record, analysis));
        }
    }
    // A stable sort keeps the order of the instances.
    capacities.sort_by(|one, two| one.ramp.cmp(&two.ramp));
    drills.sort_by(|one, two| one.drill.cmp(&two.drill));
    Comparison { capacities, drills }
}

fn drill(instance: &InstanceName, record: &str, analysis: &Analysis) -> DrillRow {
    let load = |clients: &super::ClientsSummary| LoadRow {
        load: clients.load.clone(),
        offered: clients.offered,
        failed: clients.offered - clients.answered,
        response: clients.response.get(&Window::After).copied(),
    };
    DrillRow {
        drill: analysis.subject.drill.clone(),
        title: analysis.subject.title.clone(),
        instance: instance.clone(),
        record: record.to_owned(),
        verdict: analysis.verdict,
        away: analysis.availability.as_ref().map(|availability| availability.down),
        loads: analysis.clients.iter().map(load).collect(),
        lost: analysis.writes.iter().map(|writes| writes.lost.len()).sum(),
    }
}

/// The comparison as text, for a terminal with this many columns.
pub fn compare_text(comparison: &Comparison, width: usize) -> String {
    let heads = columns("load | lab | capacity> | p50> | p95> | p99> | ");
    let rows = comparison.capacities.iter().map(capacity_cells).collect();
    let capacities = Section::new("Capacity").table(heads, rows);
    let heads =
        columns("drill | lab | downtime> | load | failed> | share> | p50> | p95> | p99> | writes lost> | ");
    let rows = comparison.drills.iter().flat_map(drill_cells).collect();
    let faults = Section::new("Cost of the faults").table(heads, rows).unless_empty();
    let note = "p50, p95, p99: response times from the first fault on, outside of outages.".to_owned();
    let faults = faults.map(|section| section.notes([note]));
    let all: Vec<Section> = capacities.unless_empty().into_iter().chain(faults).collect();
    sections(&all, clamp(width))
}

fn capacity_cells(row: &CapacityRow) -> Vec<Cell> {
    let capacity = match (row.capacity, row.saturated) {
        (Some(rate), true) => format!("{rate}/s"),
        (Some(rate), false) => format!("≥ {rate}/s"),
        (None, true) => "less than asked".to_owned(),
        (None, false) => "not measured".to_owned(),
    };
    let mut cells: Vec<Cell> = vec![
        format!("{}, within {}", row.ramp, plain(row.timeout)).into(),
        (&row.instance).into(),
        capacity.into(),
    ];
    cells.extend(percentiles(row.response.as_ref()));
    cells.push(remarkable(row.verdict).into());
    cells
}

/// A verdict, unless it is a pass.
fn remarkable(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "",
        verdict => verdict_title(verdict),
    }
}

fn percentiles(times: Option<&ResponseTimes>) -> [Cell; 3] {
    let time = |pick: fn(&ResponseTimes) -> Nanos| {
        times.map_or_else(String::new, |times| response(pick(times))).into()
    };
    [time(|times| times.p50), time(|times| times.p95), time(|times| times.p99)]
}

/// A row for each load; values of the whole drill are in the first.
fn drill_cells(row: &DrillRow) -> Vec<Vec<Cell>> {
    let line = |(place, load): (usize, &LoadRow)| {
        let own = |text: String| if place == 0 { text.into() } else { Cell::default() };
        let share = load.failed as f64 / load.offered.max(1) as f64 * 100.0;
        let mut cells = vec![
            own(row.drill.to_string()),
            own(row.instance.to_string()),
            own(row.away.map_or_else(String::new, seconds)),
            (&load.load).into(),
            format!("{} of {}", load.failed, load.offered).into(),
            format!("{share:.1} %").into(),
        ];
        cells.extend(percentiles(load.response.as_ref()));
        cells.extend([own(row.lost.to_string()), own(remarkable(row.verdict).to_owned())]);
        cells
    };
    row.loads.iter().enumerate().map(line).collect()
}
