//! The spread of durations.

use std::time::Duration;

use serde::Serialize;

/// The spread of some durations, each in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Spread {
    /// Half of them are not longer.
    pub p50_ms: f64,
    /// Nineteen of twenty are not longer.
    pub p95_ms: f64,
    /// The longest one.
    pub worst_ms: f64,
}

impl Spread {
    /// That of these durations; none if there are none.
    pub fn of(durations: impl IntoIterator<Item = Duration>) -> Option<Self> {
        let mut all: Vec<Duration> = durations.into_iter().collect();
        all.sort_unstable();
        let milliseconds = |place: usize| Some(all.get(place.max(1) - 1)?.as_secs_f64() * 1000.0);
        let count = all.len();
        Some(Self {
            p50_ms: milliseconds(count.div_ceil(2))?,
            p95_ms: milliseconds((count * 19).div_ceil(20))?,
            worst_ms: milliseconds(count)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_durations_that_were_measured() {
        let of = |range: std::ops::RangeInclusive<u64>| Spread::of(range.rev().map(Duration::from_millis));
        assert_eq!(of(1..=100), Some(Spread { p50_ms: 50.0, p95_ms: 95.0, worst_ms: 100.0 }));
        assert_eq!(of(1..=20), Some(Spread { p50_ms: 10.0, p95_ms: 19.0, worst_ms: 20.0 }));
        assert_eq!(of(1..=3), Some(Spread { p50_ms: 2.0, p95_ms: 3.0, worst_ms: 3.0 }));
        assert_eq!(of(7..=7), Some(Spread { p50_ms: 7.0, p95_ms: 7.0, worst_ms: 7.0 }));
        assert_eq!(Spread::of([]), None);
    }
}
