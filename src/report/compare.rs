//! What the drills of several labs came to, side by side: the same faults and the same rush on different systems.

use serde::Serialize;

use super::analysis::Analysis;
use super::tally::{ResponseTimes, Window};
use super::text::layout::{Column, plain, response, seconds, table};
use super::text::verdict_title;
use crate::model::{DrillName, InstanceName, LoadName};
use crate::record::{Nanos, Verdict};

/// Drills of several labs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// What each lab could serve, by ramp.
    pub capacities: Vec<CapacityRow>,
    /// What each drill cost, by drill.
    pub drills: Vec<DrillRow>,
}

/// What a lab could serve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CapacityRow {
    /// The ramp.
    pub ramp: LoadName,
    /// How soon a request had to be answered.
    pub timeout: Nanos,
    /// The instance.
    pub instance: InstanceName,
    /// The highest rate that it kept up with, in requests a second.
    pub capacity: Option<u32>,
    /// Whether it could not serve more.
    pub saturated: bool,
    /// Response times at that rate.
    pub response: Option<ResponseTimes>,
    /// How its drill ended.
    pub verdict: Verdict,
}

/// What a drill cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DrillRow {
    /// The drill.
    pub drill: DrillName,
    /// One line on it.
    pub title: String,
    /// The instance.
    pub instance: InstanceName,
    /// The name of the record's folder.
    pub record: String,
    /// How it ended.
    pub verdict: Verdict,
    /// How long the service was away in all; none if it was not asked.
    pub away: Option<Nanos>,
    /// What became of the requests of each load, in the order of the drill.
    pub loads: Vec<LoadRow>,
    /// Acknowledged writes that were not there at the end.
    pub lost: usize,
}

/// What became of the requests of a load.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoadRow {
    /// The load.
    pub load: LoadName,
    /// Requests that were due.
    pub offered: usize,
    /// Of those, how many were not answered well.
    pub failed: usize,
    /// Response times from the first fault on, outside of outages.
    pub response: Option<ResponseTimes>,
}

/// Compares drills: each with the instance that it was performed on and the name of its record, the instances in the order in
/// which they are to be shown.
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
    // Stable: the instances stay in their order.
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

/// The comparison as text for a terminal.
pub fn compare_text(comparison: &Comparison) -> String {
    let mut out = String::new();
    if !comparison.capacities.is_empty() {
        let rows: Vec<Vec<String>> = comparison.capacities.iter().map(capacity_cells).collect();
        let head = ["what is asked", "of", "capacity", "p50", "p99", ""];
        let mut columns = [Column::Right; 6];
        for place in [0, 1, 5] {
            columns[place] = Column::Left;
        }
        out += &format!("How much they can serve\n{}", table(&head, &rows, &columns));
    }
    if !comparison.drills.is_empty() {
        let rows: Vec<Vec<String>> = comparison.drills.iter().flat_map(drill_cells).collect();
        let head =
            ["drill", "on", "without service", "requests", "failed", "", "p50", "p99", "writes lost", ""];
        let mut columns = [Column::Right; 10];
        for place in [0, 1, 3, 9] {
            columns[place] = Column::Left;
        }
        let space = if out.is_empty() { "" } else { "\n" };
        out += &format!("{space}What faults cost\n{}", table(&head, &rows, &columns));
        out += "  (p50, p99: response times from the first fault on, outside of outages)\n";
    }
    out
}

fn capacity_cells(row: &CapacityRow) -> Vec<String> {
    let capacity = match (row.capacity, row.saturated) {
        (Some(rate), true) => format!("{rate}/s"),
        (Some(rate), false) => format!("≥ {rate}/s"),
        (None, true) => "less than asked".to_owned(),
        (None, false) => "not measured".to_owned(),
    };
    vec![
        format!("{}, within {}", row.ramp, plain(row.timeout)),
        row.instance.to_string(),
        capacity,
        time(row.response.as_ref(), |times| times.p50),
        time(row.response.as_ref(), |times| times.p99),
        remarkable(row.verdict).to_owned(),
    ]
}

/// A verdict, unless it is what everybody hopes for.
fn remarkable(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "",
        verdict => verdict_title(verdict),
    }
}

fn time(times: Option<&ResponseTimes>, pick: fn(&ResponseTimes) -> Nanos) -> String {
    times.map_or_else(String::new, |times| response(pick(times)))
}

/// A line for each load; what is of the whole drill is on the first.
fn drill_cells(row: &DrillRow) -> Vec<Vec<String>> {
    let first = [row.drill.to_string(), row.instance.to_string(), row.away.map_or_else(String::new, seconds)];
    let last = [row.lost.to_string(), remarkable(row.verdict).to_owned()];
    let lines = row.loads.iter().enumerate().map(|(place, load)| {
        let own = |cells: &[String]| {
            cells.iter().map(|cell| if place == 0 { cell.clone() } else { String::new() }).collect::<Vec<_>>()
        };
        let share = load.failed as f64 / load.offered.max(1) as f64 * 100.0;
        let middle = vec![
            load.load.to_string(),
            format!("{} of {}", load.failed, load.offered),
            format!("{share:.1} %"),
            time(load.response.as_ref(), |times| times.p50),
            time(load.response.as_ref(), |times| times.p99),
        ];
        [own(&first), middle, own(&last)].concat()
    });
    lines.collect()
}
