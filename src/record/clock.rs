//! The clock of a drill.

use std::fmt;
use std::time::{Duration, Instant};

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

/// Nanoseconds since the drill began, or between two events, on the host's monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct Nanos(pub u64);

/// The latest time in a record, ten years: sums and small multiples of times do not overflow.
const LATEST: u64 = 10 * 366 * 24 * 3600 * 1_000_000_000;

impl<'de> Deserialize<'de> for Nanos {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let nanos = u64::deserialize(deserializer)?;
        if nanos > LATEST {
            return Err(D::Error::custom(format!("a time of {nanos} ns is later than any drill lasts")));
        }
        Ok(Self(nanos))
    }
}

impl Nanos {
    /// The latest time that a record may contain. What a node says can be later, and is cut to this.
    pub const LATEST: Self = Self(LATEST);

    /// A number of milliseconds.
    pub const fn millis(count: u64) -> Self {
        Self(count * 1_000_000)
    }

    /// The time since an earlier one; zero if it is not earlier.
    pub const fn since(self, earlier: Nanos) -> Nanos {
        Nanos(self.0.saturating_sub(earlier.0))
    }

    /// This much later.
    pub const fn plus(self, span: Nanos) -> Nanos {
        Nanos(self.0.saturating_add(span.0))
    }

    /// In seconds.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// As the standard library's type.
    pub const fn duration(self) -> Duration {
        Duration::from_nanos(self.0)
    }
}

impl From<Duration> for Nanos {
    fn from(span: Duration) -> Self {
        Self(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl From<crate::model::Millis> for Nanos {
    fn from(span: crate::model::Millis) -> Self {
        Self::from(span.duration())
    }
}

/// Seconds with three decimals: `12.345`.
impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:.3}", self.seconds()))
    }
}

/// The host's monotonic clock, counted from the start of a drill. Copies share the same start.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        Self { origin: Instant::now() }
    }

    /// The start, in nanoseconds of the system's monotonic clock: another process of the machine can share
    /// the clock by it.
    pub fn origin(&self) -> u64 {
        let (instant, system) = pair();
        system.saturating_sub(Nanos::from(instant.saturating_duration_since(self.origin)).0)
    }

    /// The clock of another process, by its [`Clock::origin`].
    pub fn shared(origin: u64) -> Self {
        let (instant, system) = pair();
        Self { origin: instant - Duration::from_nanos(system.saturating_sub(origin)) }
    }

    /// The time since the start.
    pub fn now(&self) -> Nanos {
        self.at(Instant::now())
    }

    /// An instant on this clock; zero if it was before the start.
    pub fn at(&self, instant: Instant) -> Nanos {
        Nanos::from(instant.saturating_duration_since(self.origin))
    }

    /// A time of this clock as an instant.
    pub fn instant(&self, time: Nanos) -> Instant {
        self.origin + time.duration()
    }
}

/// How often a reading of two clocks is repeated to find one without an interruption in between.
const READINGS: usize = 8;

/// The same moment on the clock of the standard library, whose numbers it keeps to itself, and on the
/// system's monotonic clock, in nanoseconds.
fn pair() -> (Instant, u64) {
    let reading = || {
        let before = Instant::now();
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let doubt = before.elapsed();
        let part = |value: i64| u64::try_from(value).unwrap_or_default();
        (doubt, (before + doubt / 2, part(time.tv_sec) * 1_000_000_000 + part(time.tv_nsec)))
    };
    let mut best = reading();
    for _ in 1..READINGS {
        let next = reading();
        if next.0 < best.0 {
            best = next;
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_processes_share_a_clock() {
        let clock = Clock { origin: Instant::now() - Duration::from_secs(100) };
        let other = Clock::shared(clock.origin());
        let (before, at, after) = (clock.now(), other.now(), clock.now());
        let slack = Nanos(100_000);
        assert!(before <= at.plus(slack) && at <= after.plus(slack), "{before} {at} {after}");
    }
}
