//! A figure over several runs as a strip: a dot for each run, the median with its interval, the values of
//! paper and theory.

use serde::Serialize;

use super::scale::{Tick, WIDTH, label, px, step};
use crate::record::Nanos;
use crate::report::series::FigureSpread;
use crate::report::terms::name;

/// The edges of the plot. The name of the figure is above it, so that it can be wide on a phone.
const LEFT: f64 = 24.0;
const RIGHT: f64 = 976.0;
/// The vertical middle of the dots.
const MIDDLE: f64 = 44.0;
/// The largest distance of a dot from it: dots are spread in the order of runs, so that equal values are
/// distinguishable.
const SPREAD: f64 = 13.0;
/// The height of a strip.
const HEIGHT: f64 = 112.0;

/// A strip, in units of its view box.
#[derive(Debug, Clone, Serialize)]
pub struct Strip {
    /// Its figure.
    pub name: &'static str,
    /// Whether its symbols are explained below it.
    pub legend: bool,
    /// Its description for a screen reader.
    pub title: String,
    pub width: f64,
    pub height: f64,
    pub left: f64,
    pub right: f64,
    pub dots: Vec<Dot>,
    pub median: f64,
    /// The interval of the median: its left edge and its width.
    pub interval: Option<[f64; 2]>,
    /// The upper bound of the 95th percentile.
    pub p95: Option<f64>,
    pub paper: Option<f64>,
    /// The bounds of theory: left edge and width.
    pub theory: Option<[f64; 2]>,
    pub ticks: Vec<Tick>,
}

/// A run.
#[derive(Debug, Clone, Serialize)]
pub struct Dot {
    pub x: f64,
    pub y: f64,
    pub title: String,
}

pub fn spread(spread: &FigureSpread, legend: bool) -> Strip {
    let marks = [Some(spread.worst), spread.paper, spread.theory.map(|theory| theory.low)];
    let most = marks.into_iter().flatten().max().unwrap_or_default().seconds().max(0.001);
    let distance = step(most * 1.05, 10.0);
    let top = (most * 1.02 / distance).ceil() * distance;
    let place = |time: Nanos| px(LEFT + (time.seconds() / top).min(1.0) * (RIGHT - LEFT));
    let span = |from: Nanos, to: Option<Nanos>| {
        let (from, to) = (place(from), to.map_or(RIGHT, place));
        [from, px((to - from).max(1.0))]
    };
    let interval = spread.interval.map(|interval| span(interval.low, Some(interval.high)));
    let numbers = 0..=(top / distance).round() as i64;
    Strip {
        name: name(spread.figure),
        legend,
        title: format!("{}: median {} s of {} runs", name(spread.figure), spread.median, spread.values.len()),
        width: WIDTH,
        height: HEIGHT,
        left: LEFT,
        right: RIGHT,
        dots: dots(spread, place),
        median: place(spread.median),
        interval,
        p95: spread.p95.at_most.map(place),
        paper: spread.paper.map(place),
        theory: spread.theory.map(|theory| span(theory.low, theory.high)),
        ticks: numbers
            .map(|number| number as f64 * distance)
            .map(|at| Tick { x: px(LEFT + at / top * (RIGHT - LEFT)), label: label(at, distance) })
            .collect(),
    }
}

fn dots(spread: &FigureSpread, place: impl Fn(Nanos) -> f64) -> Vec<Dot> {
    let last = (spread.values.len().max(2) - 1) as f64;
    let dot = |(number, value): (usize, &Nanos)| Dot {
        x: place(*value),
        y: px(MIDDLE - SPREAD + number as f64 / last * 2.0 * SPREAD),
        title: format!("{} s", value),
    };
    spread.values.iter().enumerate().map(dot).collect()
}
