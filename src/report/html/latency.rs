//! Response times as points on a logarithmic scale.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use super::scale::{Scale, px};
use crate::record::{Nanos, Sample};
use crate::report::index::{Index, good};

/// The height of the plot, in units of the view box.
pub const HEIGHT: f64 = 150.0;

/// Response times of all loads.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Latency {
    pub y: f64,
    pub h: f64,
    /// The lines at powers of ten.
    pub grid: Vec<Grid>,
    /// Good answers as one path of dots.
    pub good: String,
    /// Failed requests as one path of dots.
    pub bad: String,
}

/// A line of the grid.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Grid {
    pub y: f64,
    pub label: String,
}

/// The points of a period, drawn from this height downwards. `None` without requests.
pub fn latency(index: &Index<'_>, scale: &Scale, top: f64) -> Option<Latency> {
    let inside = |sample: &&&Sample| sample.due >= scale.from && sample.due <= scale.to;
    let samples: Vec<&Sample> = index.samples.values().flatten().filter(inside).copied().collect();
    let times = samples.iter().map(|sample| exponent(sample));
    let (low, high) = times.fold((f64::MAX, f64::MIN), |(low, high), e| (low.min(e), high.max(e)));
    if samples.is_empty() {
        return None;
    }
    let (low, high) = (low.floor(), high.ceil().max(low.floor() + 1.0));
    let place = |exponent: f64| px(top + HEIGHT - (exponent - low) / (high - low) * HEIGHT);
    let dots = |wanted: bool| {
        let chosen = samples.iter().filter(|sample| good(sample) == wanted);
        dots(chosen.map(|sample| (scale.x(sample.due), place(exponent(sample)))))
    };
    let grid = (low as i32..=high as i32)
        .map(|power| Grid { y: place(f64::from(power)), label: power_label(power) })
        .collect();
    Some(Latency { y: top, h: HEIGHT, grid, good: dots(true), bad: dots(false) })
}

/// The logarithm of the response time in seconds, with a tenth of a millisecond as the minimum.
fn exponent(sample: &Sample) -> f64 {
    sample.done.since(sample.due).max(Nanos(100_000)).seconds().log10()
}

/// Points as a path, without duplicates: thousands of equal answers are one dot.
fn dots(points: impl Iterator<Item = (f64, f64)>) -> String {
    // In half units, which is finer than a dot.
    let places: BTreeSet<(i64, i64)> =
        points.map(|(x, y)| ((x * 2.0).round() as i64, (y * 2.0).round() as i64)).collect();
    let mut path = String::new();
    for (x, y) in places {
        let _ = write!(path, "M{} {}h0", x as f64 / 2.0, y as f64 / 2.0);
    }
    path
}

fn power_label(power: i32) -> String {
    match power {
        ..=-4 => "0.1 ms".to_owned(),
        -3..=-1 => format!("{} ms", 10_i32.pow((power + 3) as u32)),
        _ => format!("{} s", 10_i32.pow(power.unsigned_abs())),
    }
}
