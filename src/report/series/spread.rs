//! A figure over several runs.

use serde::Serialize;

use crate::model::drill::Figure;
use crate::record::Nanos;
use crate::report::analysis::{Analysis, Bound, FigureRow};
use crate::report::statistics::{Interval, PercentileBound, median, percentile_bound};

/// The percentile that is bounded, as a share.
const HIGH: f64 = 0.95;

/// A span that covers the truth with a stated probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Span {
    /// Its lower end.
    pub low: Nanos,
    /// Its upper end.
    pub high: Nanos,
    /// How often such a span covers the truth, 0 to 1.
    pub coverage: f64,
}

/// What is known of the 95th percentile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Percentile {
    /// It is at most this; none if there are too few runs.
    pub at_most: Option<Nanos>,
    /// How many runs it takes, when there are too few.
    pub needed: Option<usize>,
}

/// A figure over several runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureSpread {
    /// Which.
    pub figure: Figure,
    /// Its value in each run that has one, in the order of the runs.
    pub values: Vec<Nanos>,
    /// In so many of them the end was not seen: the value is the least that it can be.
    pub unended: usize,
    /// In so many of them it was outside of what theory allows.
    pub outside: usize,
    /// The middle value.
    pub median: Nanos,
    /// Where the median of all runs that could be made is; none with a single run.
    pub interval: Option<Span>,
    /// What all but one in twenty runs stay below.
    pub p95: Percentile,
    /// The best value.
    pub best: Nanos,
    /// The worst value.
    pub worst: Nanos,
    /// What the paper published.
    pub paper: Option<Nanos>,
    /// What theory allows.
    pub theory: Option<Bound>,
    /// The most that the drill allows.
    pub max: Option<Nanos>,
}

/// Every figure that at least one run has.
pub fn spreads(runs: &[&Analysis]) -> Vec<FigureSpread> {
    Figure::ALL.into_iter().filter_map(|figure| spread(runs, figure)).collect()
}

fn spread(runs: &[&Analysis], figure: Figure) -> Option<FigureSpread> {
    let rows: Vec<&FigureRow> =
        runs.iter().flat_map(|run| &run.figures).filter(|row| row.figure == figure).collect();
    let measured: Vec<_> = rows.iter().filter_map(|row| row.measured).collect();
    let values: Vec<Nanos> = measured.iter().map(|estimate| estimate.value).collect();
    let sample: Vec<f64> = values.iter().map(|value| value.0 as f64).collect();
    let middle = median(&sample)?;
    Some(FigureSpread {
        figure,
        unended: measured.iter().filter(|estimate| estimate.high.is_none()).count(),
        outside: rows.iter().filter(|row| row.outside).count(),
        median: nanos(middle.value),
        interval: middle.interval.map(span),
        p95: match percentile_bound(&sample, HIGH) {
            PercentileBound::AtMost { value, .. } => Percentile { at_most: Some(nanos(value)), needed: None },
            PercentileBound::NotEnough { needed } => Percentile { at_most: None, needed: Some(needed) },
        },
        best: values.iter().copied().min()?,
        worst: values.iter().copied().max()?,
        values,
        paper: rows.iter().find_map(|row| row.paper),
        theory: rows.iter().find_map(|row| row.theory),
        max: rows.iter().find_map(|row| row.max),
    })
}

fn span(interval: Interval) -> Span {
    Span { low: nanos(interval.low), high: nanos(interval.high), coverage: interval.coverage }
}

fn nanos(value: f64) -> Nanos {
    Nanos(value.round() as u64)
}
