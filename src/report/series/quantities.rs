//! Quantities that runs measured in addition to the figures: phases, capacities, rates, failed requests, and
//! the facts of some kinds of loads. Each is taken over all runs that count.

use serde::Serialize;

use crate::record::Nanos;
use crate::report::analysis::Analysis;
use crate::report::statistics::{Interval, median};

use crate::report::numbers::{megabytes, percent, response, seconds};

/// The unit of a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Nanoseconds.
    Nanoseconds,
    /// Requests per second.
    RequestsPerSecond,
    /// Bytes per second.
    BytesPerSecond,
    /// A share, 0 to 1.
    Share,
    /// A mean opinion score, 1 to 5.
    Mos,
}

impl Unit {
    /// A value formatted for people: `7.1 ms`, `3.020 s`, `100/s`, `80.3 MB/s`, `1.2 %`, `4.41`.
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Nanoseconds if value < 1e9 => response(Nanos(value.round() as u64)),
            Self::Nanoseconds => seconds(Nanos(value.round() as u64)),
            Self::RequestsPerSecond => format!("{value:.0}/s"),
            Self::BytesPerSecond => format!("{} MB/s", megabytes(value)),
            Self::Share => percent(value),
            Self::Mos => format!("{value:.2}"),
        }
    }
}

/// A quantity over several runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuantitySpread {
    /// Its load, ramp or measurement; empty for the whole drill.
    pub of: String,
    /// Its name.
    pub what: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// Its value in each run that has one, in the order of the runs.
    pub values: Vec<f64>,
    /// The median.
    pub median: f64,
    /// The confidence interval of the median; `None` with a single run.
    pub interval: Option<Interval>,
    /// The lowest value.
    pub lowest: f64,
    /// The highest value.
    pub highest: f64,
    /// The value that the paper published.
    pub paper: Option<f64>,
}

/// The value of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    of: String,
    what: &'static str,
    unit: Unit,
    value: f64,
    paper: Option<f64>,
}

impl Quantity {
    /// A value, of a load for example.
    pub fn new(of: &impl ToString, what: &'static str, unit: Unit, value: f64) -> Self {
        Self { of: of.to_string(), what, unit, value, paper: None }
    }

    /// A duration.
    pub fn time(of: &impl ToString, what: &'static str, value: Nanos) -> Self {
        Self::new(of, what, Unit::Nanoseconds, value.0 as f64)
    }
}

/// All quantities that at least one run measured, in the order of the runs. A loss that is zero in all of
/// them, such as failed requests, is left out.
pub fn quantities(runs: &[&Analysis]) -> Vec<QuantitySpread> {
    let mut all: Vec<Vec<Quantity>> = Vec::new();
    for quantity in runs.iter().flat_map(|run| of(run)) {
        let same = |one: &Vec<Quantity>| one[0].of == quantity.of && one[0].what == quantity.what;
        match all.iter_mut().find(|one| same(one)) {
            Some(one) => one.push(quantity),
            None => all.push(vec![quantity]),
        }
    }
    all.iter().filter_map(|quantity| spread(quantity)).collect()
}

fn spread(runs: &[Quantity]) -> Option<QuantitySpread> {
    let first = runs.first()?;
    let values: Vec<f64> = runs.iter().map(|run| run.value).collect();
    let middle = median(&values)?;
    let highest = values.iter().copied().max_by(f64::total_cmp)?;
    let loss = matches!(first.unit, Unit::Nanoseconds | Unit::Share);
    (highest > 0.0 || !loss).then_some(QuantitySpread {
        of: first.of.clone(),
        what: first.what,
        unit: first.unit,
        median: middle.value,
        interval: middle.interval,
        lowest: values.iter().copied().min_by(f64::total_cmp)?,
        highest,
        paper: runs.iter().find_map(|run| run.paper),
        values,
    })
}

/// All quantities that a run measured.
fn of(run: &Analysis) -> Vec<Quantity> {
    let mut all = down(run);
    all.extend(requests(run));
    all.extend(rates(run));
    all.extend(run.own.iter().flat_map(|own| &own.quantities).cloned());
    all
}

fn down(run: &Analysis) -> Vec<Quantity> {
    let down = run.availability.map(|availability| Quantity::time(&"", "downtime in all", availability.down));
    let phases = run.timelines.iter().filter_map(|timeline| timeline.phases).flat_map(|phases| {
        [
            Quantity::time(&"", "failover: detection", phases.detection),
            Quantity::time(&"", "failover: takeover", phases.takeover),
            Quantity::time(&"", "failover: recovery", phases.recovery),
        ]
    });
    down.into_iter().chain(phases).collect()
}

/// The results of the requests of each load. In a drill with a ramp, they are expected to fail at its end.
fn requests(run: &Analysis) -> Vec<Quantity> {
    if !run.ramps.is_empty() {
        return Vec::new();
    }
    let failed = |clients: &crate::report::ClientsSummary| {
        let offered = clients.offered.max(1) as f64;
        let share = (clients.offered - clients.answered) as f64 / offered;
        Quantity::new(&clients.load, "failed requests", Unit::Share, share)
    };
    run.clients.iter().map(failed).collect()
}

/// Capacities, and measurements inside nodes. A lab that did not keep up with the first rate of a ramp has no
/// capacity.
fn rates(run: &Analysis) -> Vec<Quantity> {
    let ramps = run.ramps.iter().filter(|ramp| ramp.capacity.is_some() || ramp.saturated).map(|ramp| {
        let rate = f64::from(ramp.capacity.unwrap_or(0));
        let what = if ramp.saturated { "capacity" } else { "capacity, at least" };
        Quantity::new(&ramp.ramp, what, Unit::RequestsPerSecond, rate)
    });
    let measures = run.measures.iter().filter_map(|measure| {
        let rate = Quantity::new(&measure.name, "median rate", Unit::BytesPerSecond, measure.median?);
        Some(Quantity { paper: measure.paper.map(|paper| paper as f64), ..rate })
    });
    ramps.chain(measures).collect()
}
