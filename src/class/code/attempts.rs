//! A limit of how often codes are tried.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The period that the limits count in.
const PERIOD: Duration = Duration::from_secs(60);

/// The most tries of one source in a period.
const OF_SOURCE: usize = 5;

/// The most tries of all sources of a class in a period.
const OF_CLASS: usize = 50;

/// The tries of the last minute. Its memory is bounded: only those that were allowed are kept, at most 50.
#[derive(Debug, Clone)]
pub struct Attempts<S> {
    /// Each with its time, the oldest first.
    tries: VecDeque<(Instant, S)>,
}

/// Whose limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// That of the source.
    Source,
    /// That of the whole class.
    Class,
}

/// A try is not allowed now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many codes were tried: wait {} s, and try again", .wait.as_secs() + 1)]
pub struct TooMany {
    /// The limit that was reached.
    pub limit: Limit,
    /// How long until the next try is allowed, if there are no others.
    pub wait: Duration,
}

impl<S> Default for Attempts<S> {
    fn default() -> Self {
        Self { tries: VecDeque::new() }
    }
}

impl<S: PartialEq> Attempts<S> {
    /// Counts a try of a source, before its code is looked at. A try that is not allowed is not counted.
    ///
    /// # Errors
    /// When the source, or all of them, have tried too often.
    pub fn count(&mut self, source: S, now: Instant) -> Result<(), TooMany> {
        while self.tries.front().is_some_and(|(at, _)| now.saturating_duration_since(*at) >= PERIOD) {
            self.tries.pop_front();
        }
        let wait = |first: Option<&(Instant, S)>| {
            first.map_or(PERIOD, |(at, _)| PERIOD.saturating_sub(now.saturating_duration_since(*at)))
        };
        let own = || self.tries.iter().filter(|(_, other)| *other == source);
        if own().count() >= OF_SOURCE {
            return Err(TooMany { limit: Limit::Source, wait: wait(own().next()) });
        }
        if self.tries.len() >= OF_CLASS {
            return Err(TooMany { limit: Limit::Class, wait: wait(self.tries.front()) });
        }
        self.tries.push_back((now, source));
        Ok(())
    }

    /// Takes back the last try of a source, because its code was right. So a class behind one address can
    /// join at the same time.
    pub fn take_back(&mut self, source: &S) {
        if let Some(place) = self.tries.iter().rposition(|(_, other)| other == source) {
            self.tries.remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_source_has_five_tries_in_any_minute() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        for second in 0..5 {
            attempts.count("one", start + seconds(second)).unwrap();
        }
        let error = attempts.count("one", start + seconds(10)).unwrap_err();
        assert_eq!(error, TooMany { limit: Limit::Source, wait: seconds(50) });
        assert_eq!(error.to_string(), "too many codes were tried: wait 51 s, and try again");
        attempts.count("two", start + seconds(10)).unwrap();
        assert!(attempts.count("one", start + seconds(59)).is_err());
        // The first try has left the minute, the second not yet; a refused one counts nothing.
        attempts.count("one", start + seconds(60)).unwrap();
        assert_eq!(attempts.count("one", start + seconds(60)).unwrap_err().wait, seconds(1));
    }

    #[test]
    fn a_class_has_fifty_tries_from_all_sources() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        for source in 0..50 {
            attempts.count(source, start).unwrap();
        }
        let error = attempts.count(50, start + seconds(20)).unwrap_err();
        assert_eq!(error, TooMany { limit: Limit::Class, wait: seconds(40) });
        for source in 100..10_000 {
            assert!(attempts.count(source, start + seconds(59)).is_err());
        }
        assert_eq!(attempts.tries.len(), 50, "refused tries take no memory");
        attempts.count(50, start + seconds(60)).unwrap();
        assert_eq!(attempts.tries.len(), 1);
    }

    #[test]
    fn right_codes_do_not_count() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        attempts.count("other", start).unwrap();
        for _ in 0..100 {
            attempts.count("room", start).unwrap();
            attempts.take_back(&"room");
        }
        assert_eq!(attempts.tries.len(), 1);
        attempts.take_back(&"stranger");
        assert_eq!(attempts.tries.len(), 1);
    }
}
