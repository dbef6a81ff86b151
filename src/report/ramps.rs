//! The capacity of the lab: the results of requests at each rate of a ramp.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

use super::clients::{kind, timekeeping, times};
use super::counts::{ResponseTimes, Timekeeping};
use super::index::{Drop, Index, good};
use crate::model::drill::Load;
use crate::model::{LoadName, Ramp, keeps_up};
use crate::record::{Nanos, Sample, What};

/// A ramp.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RampSummary {
    /// Its name.
    pub ramp: LoadName,
    /// The time-out of a request.
    pub timeout: Nanos,
    /// The highest rate, in requests per second, before the first that the lab did not keep up with; `None`
    /// if it kept up with none.
    pub capacity: Option<u32>,
    /// Whether a rate was found that it did not keep up with. If not, its capacity may be higher.
    pub saturated: bool,
    /// The steps that were started.
    pub steps: Vec<RampStep>,
}

/// A step of a ramp.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RampStep {
    /// Requests per second.
    pub rate: u32,
    /// Requests that were due.
    pub offered: usize,
    /// Requests that were answered correctly and in time.
    pub answered: usize,
    /// Requests that were not, by kind; those that the generator could not send are `not sent`.
    pub failed: BTreeMap<String, usize>,
    /// Response times from the due time of requests; `None` if none was sent.
    pub response: Option<ResponseTimes>,
    /// Whether the lab kept up.
    pub kept_up: bool,
    /// How well the generator kept its schedule.
    pub timekeeping: Timekeeping,
}

/// All ramps of a drill, in order.
pub fn ramps(index: &Index<'_>) -> Vec<RampSummary> {
    index.record.header.drill.ramps.iter().map(|ramp| summary(index, ramp)).collect()
}

/// From the first request of a ramp to the end of the last; `None` without ramps.
pub fn span(index: &Index<'_>) -> Option<Range<Nanos>> {
    let ramps = &index.record.header.drill.ramps;
    let samples = || ramps.iter().flat_map(|ramp| index.samples_of(&ramp.load.name));
    let first = samples().map(|sample| sample.due).min()?;
    Some(first..samples().map(|sample| sample.done).max()?)
}

fn summary(index: &Index<'_>, ramp: &Ramp) -> RampSummary {
    let name = &ramp.load.name;
    let begun = index.record.events.iter().filter_map(|event| match &event.what {
        What::RampStep { ramp, rate, first_due } if ramp == name => Some((*rate, *first_due)),
        _ => None,
    });
    let begun: Vec<(u32, Nanos)> = begun.collect();
    let ends = begun.iter().skip(1).map(|(_, due)| *due).chain([Nanos(u64::MAX)]);
    let steps: Vec<RampStep> =
        begun.iter().zip(ends).map(|((rate, from), until)| step(index, ramp, *rate, *from..until)).collect();
    let kept = steps.iter().take_while(|step| step.kept_up);
    RampSummary {
        ramp: name.clone(),
        timeout: ramp.load.timeout.into(),
        capacity: kept.last().map(|step| step.rate),
        saturated: steps.iter().any(|step| step.offered > 0 && !step.kept_up),
        steps,
    }
}

fn step(index: &Index<'_>, ramp: &Ramp, rate: u32, when: Range<Nanos>) -> RampStep {
    let (name, timeout) = (&ramp.load.name, Nanos::from(ramp.load.timeout));
    let samples = index.samples_of(name).iter().copied();
    let samples: Vec<&Sample> = samples.filter(|sample| when.contains(&sample.due)).collect();
    let drops = index.drops.get(name).into_iter().flatten().copied();
    let drops: Vec<Drop<'_>> = drops.filter(|drop| when.contains(&drop.due)).collect();
    let unsent = drops.len();
    let mut failed: BTreeMap<String, usize> = BTreeMap::new();
    for kind in samples.iter().filter_map(|sample| kind(&sample.answer)) {
        *failed.entry(kind.to_owned()).or_default() += 1;
    }
    if unsent > 0 {
        failed.insert("not sent".to_owned(), unsent);
    }
    let (offered, answered) = (samples.len() + unsent, samples.iter().filter(|sample| good(sample)).count());
    RampStep {
        rate,
        offered,
        answered,
        failed,
        response: (!samples.is_empty()).then(|| times(&samples, timeout)),
        kept_up: keeps_up(answered, offered),
        timekeeping: timekeeping(&Load { rate, ..ramp.load.clone() }, &samples, &drops, None),
    }
}
