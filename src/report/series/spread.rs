//! A figure over several runs.

use serde::Serialize;

use crate::model::Origin;
use crate::model::drill::Figure;
use crate::record::Nanos;
use crate::report::analysis::{Analysis, Bound, FigureRow};
use crate::report::statistics::{Interval, PercentileBound, median, percentile_bound};

/// The bounded percentile, as a share.
const HIGH: f64 = 0.95;

/// A confidence interval with its coverage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Span {
    /// Its lower end.
    pub low: Nanos,
    /// Its upper end.
    pub high: Nanos,
    /// The probability that such an interval covers the true value, 0 to 1.
    pub coverage: f64,
}

/// The upper bound of the 95th percentile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Percentile {
    /// The upper bound; `None` if there are too few runs.
    pub at_most: Option<Nanos>,
    /// The number of runs needed, if there are too few.
    pub needed: Option<usize>,
}

/// A figure over several runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureSpread {
    /// The figure.
    pub figure: Figure,
    /// Its value in each run that has one, in the order of the runs.
    pub values: Vec<Nanos>,
    /// The number of runs in which the end was not seen; their value is a lower bound.
    pub unended: usize,
    /// The number of runs with a value outside the bounds of theory.
    pub outside: usize,
    /// The median.
    pub median: Nanos,
    /// The confidence interval of the median; `None` with a single run.
    pub interval: Option<Span>,
    /// The 95th percentile.
    pub p95: Percentile,
    /// The best value.
    pub best: Nanos,
    /// The worst value.
    pub worst: Nanos,
    /// The value that the paper published.
    pub paper: Option<Nanos>,
    /// The bounds of theory.
    pub theory: Option<Bound>,
    /// The largest value that the drill allows.
    pub max: Option<Nanos>,
    /// Whose word it is.
    pub origin: Origin,
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
        origin: rows.iter().map(|row| row.origin).max().unwrap_or_default(),
    })
}

fn span(interval: Interval) -> Span {
    Span { low: nanos(interval.low), high: nanos(interval.high), coverage: interval.coverage }
}

fn nanos(value: f64) -> Nanos {
    Nanos(value.round() as u64)
}
