//! The figures of a drill, beside their expected values.

use super::analysis::{Bound, Estimate, FigureRow, Outage, OutageLabel, StepDone, Timeline};
use super::index::Index;
use super::theory;
use super::timelines::first_write;
use crate::model::drill::{Expectation, Figure};
use crate::model::{Manager, Origin};
use crate::record::Nanos;

/// The faults after which a node sends nothing.
const SILENT: [&str; 3] = ["power-cut", "kernel-panic", "pause"];

/// One row for each expectation, and for each figure measured without one.
pub fn figures(
    index: &Index<'_>,
    steps: &[StepDone],
    timelines: &[Timeline],
    outages: &[Outage],
) -> Vec<FigureRow> {
    let drill = &index.record.header.drill;
    let manager = drill.service().and_then(|load| Manager::of(&index.record.header.lab, &load.address));
    let row = |figure| {
        let expected = drill.expect.iter().find(|expectation| expectation.figure == figure);
        let measured = measure(figure, index, steps, timelines, outages);
        if expected.is_none() && measured.is_none() {
            return None;
        }
        let theory = bound(figure, manager.as_ref(), steps);
        let span = |pick: fn(&Expectation) -> Option<_>| expected.and_then(pick).map(Nanos::from);
        Some(FigureRow {
            figure,
            measured,
            max: span(|expectation| expectation.max),
            min: span(|expectation| expectation.min),
            paper: span(|expectation| expectation.paper),
            theory,
            outside: theory.zip(measured).is_some_and(|(bound, measured)| bound.excludes(&measured)),
            missing: measured.is_none().then(|| missing(figure, manager.as_ref(), outages)),
            origin: match figure {
                Figure::Redundancy => index.checked_by().origin(),
                Figure::Failover | Figure::Failback | Figure::Outage | Figure::WriteOutage => Origin::Seen,
            },
        })
    };
    Figure::ALL.into_iter().filter_map(row).collect()
}

fn measure(
    figure: Figure,
    index: &Index<'_>,
    steps: &[StepDone],
    timelines: &[Timeline],
    outages: &[Outage],
) -> Option<Estimate> {
    let of = |label| outages.iter().filter(move |outage| outage.label == label).map(|outage| outage.length);
    match figure {
        Figure::Failover => of(OutageLabel::Failover).reduce(Estimate::plus),
        Figure::Failback => of(OutageLabel::Failback).reduce(Estimate::plus),
        Figure::Outage => of(OutageLabel::Fault).reduce(Estimate::plus),
        Figure::WriteOutage => {
            let (fault, at) = first_write(index, steps, outages)?;
            Some(since(fault, at))
        }
        Figure::Redundancy => Some(since(faults(steps).next()?, first("redundant", steps, timelines)?)),
    }
}

fn faults(steps: &[StepDone]) -> impl DoubleEndedIterator<Item = &StepDone> {
    steps.iter().filter(|step| step.kind.is_fault() && step.failure.is_none())
}

/// The first row with this name after the first fault, in any timeline.
fn first(id: &str, steps: &[StepDone], timelines: &[Timeline]) -> Option<Nanos> {
    let cut = faults(steps).next()?;
    let rows = timelines.iter().flat_map(|timeline| &timeline.rows);
    rows.filter(|row| row.id == id && row.at >= cut.earliest).map(|row| row.at).min()
}

/// The duration from a fault's effect to a later time.
fn since(cut: &StepDone, at: Nanos) -> Estimate {
    let middle = Nanos((cut.earliest.0 + cut.latest.0) / 2);
    Estimate { value: at.since(middle), low: at.since(cut.latest), high: Some(at.since(cut.earliest)) }
}

/// The bounds of theory. When a node falls silent, no takeover is faster than its detection; a node that
/// announces its leave is not waited for.
fn bound(figure: Figure, manager: Option<&Manager>, steps: &[StepDone]) -> Option<Bound> {
    let silent = |step: &StepDone| SILENT.contains(&step.action.as_str());
    if !steps.iter().find(|step| step.kind.is_fault()).is_some_and(silent) {
        return None;
    }
    match figure {
        Figure::Failover | Figure::WriteOutage => {
            manager.map(|manager| Bound { low: theory::detection(manager, None).low, high: None })
        }
        Figure::Failback | Figure::Redundancy | Figure::Outage => None,
    }
}

fn missing(figure: Figure, manager: Option<&Manager>, outages: &[Outage]) -> String {
    let text = match figure {
        Figure::Failback if manager.is_some_and(|manager| !manager.fails_back) => {
            "the lab is configured not to fail back"
        }
        Figure::Failback | Figure::Failover | Figure::Outage
            if outages.iter().any(|outage| outage.false_takeover) =>
        {
            "a false failover came near it"
        }
        Figure::Failback => "no outage came with the return of the VIP",
        Figure::Failover | Figure::Outage if outages.is_empty() => "no request failed",
        Figure::Failover => "no outage came with a takeover",
        Figure::Outage => "no fault caused an outage without a takeover",
        Figure::WriteOutage => "no fault made a write fail, or none was acknowledged afterwards",
        Figure::Redundancy => "not every check passed again",
    };
    text.to_owned()
}
