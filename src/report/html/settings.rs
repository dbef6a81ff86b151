//! The drawing of a sweep: a row of dots for each setting on one scale, with its false failovers.

use serde::Serialize;

use super::scale::{Tick, WIDTH, label, px, step};
use crate::record::Nanos;
use crate::report::numbers::number;
use crate::report::series::FigureSpread;
use crate::report::sweep::{SweepReport, SweepRow};
use crate::report::terms::name;

/// The left edge of the plot, to the right of the settings' names.
const LEFT: f64 = 200.0;
/// The right edge, to the left of the rates.
const RIGHT: f64 = 760.0;
/// The height of a row.
const ROW: f64 = 44.0;
/// The largest distance of a dot from the middle of its row.
const SPREAD: f64 = 10.0;

/// Settings against times, in units of its view box.
#[derive(Debug, Serialize)]
pub struct Matrix {
    name: &'static str,
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    /// The line under the last row.
    bottom: f64,
    rows: Vec<Drawn>,
    ticks: Vec<Tick>,
}

/// A setting in the drawing.
#[derive(Debug, Serialize)]
struct Drawn {
    name: String,
    middle: f64,
    dots: Vec<[f64; 2]>,
    median: Option<f64>,
    /// The interval of the median: its left edge and its width.
    interval: Option<[f64; 2]>,
    rate: String,
    /// Whether there was a false failover.
    bad: bool,
}

/// The drawing; `None` if no setting has a figure.
pub fn matrix(report: &SweepReport) -> Option<Matrix> {
    let compared = report.figure?;
    let worst = report.rows.iter().filter_map(|row| row.spread(compared)).map(|spread| spread.worst).max()?;
    let most = worst.seconds().max(0.001);
    let distance = step(most * 1.05, 10.0);
    let top = (most * 1.02 / distance).ceil() * distance;
    let place = |seconds: f64| px(LEFT + (seconds / top).min(1.0) * (RIGHT - LEFT));
    let bottom = px(report.rows.len() as f64 * ROW + 8.0);
    let numbers = 0..=(top / distance).round() as i64;
    let tick = |at: f64| Tick { x: place(at), label: label(at, distance) };
    Some(Matrix {
        name: name(compared),
        width: WIDTH,
        height: bottom + 30.0,
        left: LEFT,
        right: RIGHT,
        bottom,
        rows: (0_u32..)
            .zip(&report.rows)
            .map(|(number, row)| {
                drawn(row, row.spread(compared), f64::from(number) * ROW + ROW / 2.0, &place)
            })
            .collect(),
        ticks: numbers.map(|number| tick(number as f64 * distance)).collect(),
    })
}

fn drawn(row: &SweepRow, spread: Option<&FigureSpread>, middle: f64, place: &impl Fn(f64) -> f64) -> Drawn {
    let values = spread.map_or(&[][..], |spread| spread.values.as_slice());
    let last = (values.len().max(2) - 1) as f64;
    let dot = |(number, value): (usize, &Nanos)| {
        [place(value.seconds()), px(middle - SPREAD + number as f64 / last * 2.0 * SPREAD)]
    };
    let interval = spread.and_then(|spread| spread.interval).map(|span| {
        let (low, high) = (place(span.low.seconds()), place(span.high.seconds()));
        [low, px((high - low).max(1.0))]
    });
    Drawn {
        name: row.name.clone(),
        middle,
        dots: values.iter().enumerate().map(dot).collect(),
        median: spread.map(|spread| place(spread.median.seconds())),
        interval,
        rate: row.soaked().map_or_else(
            || "no valid soak".to_owned(),
            |soak| {
                let rate = &soak.takeovers;
                format!("{}/h, at most {}/h", number(rate.per_hour), number(rate.at_most))
            },
        ),
        bad: row.soaked().is_some_and(|soak| soak.takeovers.events > 0),
    }
}
