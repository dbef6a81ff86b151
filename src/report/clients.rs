//! The results of a load's clients.

use std::collections::BTreeMap;

use super::analysis::{Outage, StepDone};
use super::counts::{Availability, ClientsSummary, ResponseTimes, Timekeeping, Window};
use super::index::{Drop, Index, good};
use crate::model::drill::Load;
use crate::record::{Answer, Nanos, Overload, Sample};

/// Summarises a load.
pub fn summary(index: &Index<'_>, load: &Load, steps: &[StepDone], outages: &[Outage]) -> ClientsSummary {
    let samples = index.samples_of(&load.name);
    let timeout = Nanos::from(load.timeout);
    let mut failed: BTreeMap<String, usize> = BTreeMap::new();
    let mut windows: BTreeMap<Window, Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        if let Some(kind) = kind(&sample.answer) {
            *failed.entry(kind.to_owned()).or_default() += 1;
        }
        windows.entry(window(sample, steps, outages)).or_default().push(sample);
    }
    ClientsSummary {
        load: load.name.clone(),
        rate: load.rate,
        timeout,
        offered: samples.len() + index.drops.get(&load.name).map_or(0, Vec::len),
        answered: samples.iter().filter(|sample| good(sample)).count(),
        failed,
        response: windows.into_iter().map(|(window, list)| (window, times(&list, timeout))).collect(),
        timekeeping: timekeeping(
            load,
            samples,
            index.drops.get(&load.name).map_or(&[][..], Vec::as_slice),
            index.processor.get(&load.name).copied(),
        ),
    }
}

/// The kind of a failure; `None` for a good answer.
pub fn kind(answer: &Answer) -> Option<&'static str> {
    Some(match answer {
        Answer::Ok => return None,
        Answer::Refused => "refused",
        Answer::Reset => "reset",
        Answer::NoRoute => "no route",
        Answer::ConnectTimeout => "no connection in time",
        Answer::Timeout => "no answer in time",
        Answer::Incomplete => "incomplete answer",
        Answer::Status { .. } => "error status",
        Answer::WrongBody { .. } => "wrong content",
        Answer::Other { .. } => "other",
    })
}

/// The loads that the lab could hardly carry in the baseline or until the first step. Without a step there is
/// nothing that an overload could spoil; with one, requests in flight at that time may be affected.
pub fn overloads(index: &Index<'_>, steps: &[StepDone], outages: &[Outage]) -> Vec<Overload> {
    let Some(first) = steps.first() else { return Vec::new() };
    let drill = &index.record.header.drill;
    let begun = index.steady().unwrap_or(first.called).since(Nanos::from(drill.steady.baseline));
    let calm = |sample: &&&Sample| {
        sample.due >= begun && sample.done <= first.called && window(sample, steps, outages) == Window::Before
    };
    let of = |load: &Load| Overload::of(load, index.samples_of(&load.name).iter().filter(calm).copied());
    drill.loads.iter().filter_map(of).collect()
}

fn window(sample: &Sample, steps: &[StepDone], outages: &[Outage]) -> Window {
    let inside =
        |outage: &Outage| sample.sent >= outage.began && outage.back.is_none_or(|back| sample.sent < back);
    if outages.iter().any(inside) {
        Window::During
    } else if steps.first().is_none_or(|step| sample.due < step.called) {
        Window::Before
    } else {
        Window::After
    }
}

/// Response times of a non-empty list of samples.
pub fn times(samples: &[&Sample], timeout: Nanos) -> ResponseTimes {
    let time = |sample: &&Sample| {
        let time = sample.done.since(sample.due);
        if good(sample) { time } else { time.max(timeout) }
    };
    let mut sorted: Vec<Nanos> = samples.iter().map(time).collect();
    sorted.sort_unstable();
    ResponseTimes {
        count: sorted.len(),
        failed: samples.iter().filter(|sample| !good(sample)).count(),
        p50: percentile(&sorted, 50),
        p95: percentile(&sorted, 95),
        p99: percentile(&sorted, 99),
        max: percentile(&sorted, 100),
    }
}

/// A percentile of sorted values by the nearest-rank definition: always one of the values.
pub fn percentile(sorted: &[Nanos], percent: usize) -> Nanos {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// The 99th percentile of response times before the first step.
pub fn usual_response(samples: &[&Sample], steps: &[StepDone]) -> Nanos {
    let before =
        |sample: &&&Sample| good(sample) && steps.first().is_none_or(|step| sample.due < step.called);
    let mut sorted: Vec<Nanos> =
        samples.iter().filter(before).map(|sample| sample.done.since(sample.sent)).collect();
    sorted.sort_unstable();
    percentile(&sorted, 99)
}

/// How well a generator kept its schedule, and its share of a processor if the time is known.
pub fn timekeeping(
    load: &Load,
    samples: &[&Sample],
    drops: &[Drop<'_>],
    spent: Option<Nanos>,
) -> Timekeeping {
    let lateness = |sample: &&&Sample| sample.sent.since(sample.due);
    let longest = samples.iter().max_by_key(lateness);
    Timekeeping {
        sent: samples.len(),
        late: samples.iter().filter(|sample| lateness(sample).0 > load.interval_ns() / 2).count(),
        longest: longest.as_ref().map_or(Nanos(0), lateness),
        longest_at: longest.map_or(Nanos(0), |sample| sample.due),
        dropped: drops.len(),
        drop_reason: drops.first().map(|drop| drop.reason.to_owned()),
        processor: spent.and_then(|spent| share(spent, samples)),
    }
}

/// The share of one processor that a thread used, from its first request to the end of its last.
fn share(spent: Nanos, samples: &[&Sample]) -> Option<f64> {
    let span = samples.last()?.done.since(samples.first()?.due);
    Some(spent.seconds() / span.seconds().max(1e-9))
}

/// The share of time with service, from the first request to the last. `None` without requests. `steady` is
/// the time when a baseline without a failure had been seen, if the drill waits for one.
pub fn availability(
    load: &Load,
    samples: &[&Sample],
    outages: &[Outage],
    steady: Option<Nanos>,
) -> Option<Availability> {
    // Outages that ended before the service was steady belong to the wait, not to the measurement.
    let waited = |outage: &&Outage| outage.ended.zip(steady).is_some_and(|(ended, steady)| ended <= steady);
    let begin = outages.iter().filter(waited).filter_map(|outage| outage.ended).max().unwrap_or_default();
    let (first, last) = (samples.iter().find(|sample| sample.due >= begin)?, samples.last()?);
    let period = last.due.plus(Nanos(load.interval_ns())).since(first.due);
    let counted = outages.iter().filter(|outage| outage.began >= begin);
    let down = counted.fold(Nanos(0), |sum, outage| sum.plus(outage.length.value));
    let share = 1.0 - (down.seconds() / period.seconds()).min(1.0);
    Some(Availability { period, down, share })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_seen() {
        let sorted: Vec<Nanos> = (1..=200).map(Nanos).collect();
        let at = |percent| percentile(&sorted, percent);
        assert_eq!([at(50), at(90), at(99), at(100)], [Nanos(100), Nanos(180), Nanos(198), Nanos(200)]);
        assert_eq!(percentile(&[Nanos(7)], 50), Nanos(7));
        assert_eq!(percentile(&[], 99), Nanos(0));
    }
}
