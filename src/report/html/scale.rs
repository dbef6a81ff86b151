//! Maps values to positions in a drawing.

use serde::Serialize;

use crate::record::Nanos;

/// The width of every drawing, in units of its view box.
pub const WIDTH: f64 = 1000.0;

/// The left edge of the plot, to the right of the names.
pub const LEFT: f64 = 128.0;

/// The right edge of the plot.
pub const RIGHT: f64 = 988.0;

/// The possible distances of ticks, in seconds.
const STEPS: [f64; 15] =
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0];

/// A period mapped to the plot from left to right.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// The time at the left edge.
    pub from: Nanos,
    /// The time at the right edge.
    pub to: Nanos,
}

/// A tick of the scale.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tick {
    /// Its position.
    pub x: f64,
    /// Its label.
    pub label: String,
}

impl Scale {
    /// The position of a time; times outside are mapped to the edges.
    pub fn x(&self, time: Nanos) -> f64 {
        let span = self.to.since(self.from).seconds().max(1e-9);
        let part = (time.since(self.from).seconds() / span).clamp(0.0, 1.0);
        px(LEFT + part * (RIGHT - LEFT))
    }

    /// The part of a period inside the scale.
    pub fn clip(&self, from: Nanos, to: Nanos) -> Option<(Nanos, Nanos)> {
        let (from, to) = (from.max(self.from), to.min(self.to));
        (from < to).then_some((from, to))
    }

    /// At most `most` ticks at round numbers of seconds, counted from a zero.
    pub fn ticks(&self, zero: Nanos, most: f64) -> Vec<Tick> {
        let seconds = |time: Nanos| time.seconds() - zero.seconds();
        let (from, to) = (seconds(self.from), seconds(self.to));
        let step = step(to - from, most);
        let first = (from / step).ceil() as i64;
        let last = (to / step).floor() as i64;
        let tick = |number: i64| {
            let at = number as f64 * step;
            let x = LEFT + (at - from) / (to - from).max(1e-9) * (RIGHT - LEFT);
            Tick { x: px(x), label: label(at, step) }
        };
        (first..=last).map(tick).collect()
    }
}

/// The distance of ticks for a period with at most `most` of them.
pub fn step(span: f64, most: f64) -> f64 {
    STEPS.into_iter().find(|step| span / step <= most).unwrap_or_else(|| (span / most).ceil())
}

/// A number with as many decimals as its step.
pub fn label(value: f64, step: f64) -> String {
    let decimals = if step < 0.1 { 2 } else { usize::from(step < 1.0) };
    // A scale has no minus zero.
    let value = if value.abs() < step / 2.0 { 0.0 } else { value };
    format!("{value:.decimals$}")
}

/// Rounds to a tenth of a unit, the finest visible difference.
pub fn px(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_counted_from_the_zero() {
        let scale = Scale { from: Nanos::millis(9500), to: Nanos::millis(14_200) };
        let labels: Vec<_> =
            scale.ticks(Nanos::millis(10_000), 10.0).into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, ["-0.5", "0.0", "0.5", "1.0", "1.5", "2.0", "2.5", "3.0", "3.5", "4.0"]);
        assert_eq!((scale.x(Nanos(0)), scale.x(Nanos::millis(99_000))), (LEFT, RIGHT));
        assert_eq!(step(40.0, 10.0), 5.0);
        assert_eq!(step(9000.0, 10.0), 900.0);
    }
}
