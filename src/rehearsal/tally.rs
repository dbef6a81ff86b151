//! What was measured: durations and failures of each kind of action.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::deed::Deed;
use super::spread::Spread;

/// The failures that are kept with their reasons; of the others, the number is.
const KEPT: usize = 20;

/// A kind of action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A cluster was prepared.
    Cluster,
    /// A student joined with a code.
    Join,
    /// A live stream was opened, to its first message.
    Stream,
    /// A terminal was opened, to its first output.
    Terminal,
    /// A key was pressed, to its echo.
    Key,
    /// The teacher said something.
    Say,
    /// What the teacher said came to the stream of a student.
    Live,
    /// A student did something.
    #[serde(untagged)]
    Did(Deed),
}

impl Kind {
    /// Its name for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Join => "join",
            Self::Stream => "live stream",
            Self::Terminal => "terminal",
            Self::Key => "key to echo",
            Self::Say => "say",
            Self::Live => "lag of live state",
            Self::Did(deed) => deed.words(),
        }
    }

    /// The longest duration that 19 of 20 may have; none if the kind has no limit.
    pub fn limit(self) -> Option<Duration> {
        match self {
            Self::Key => Some(Duration::from_millis(100)),
            // They are prepared before the lesson.
            Self::Cluster => None,
            _ => Some(Duration::from_secs(1)),
        }
    }
}

/// An action that failed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Failure {
    /// When, in seconds from the start of the server.
    pub at_s: f64,
    /// The kind.
    pub what: Kind,
    /// The student or the teacher.
    pub who: String,
    /// The reason.
    pub why: String,
}

/// The figures of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    /// The kind.
    pub what: Kind,
    /// How often it succeeded.
    pub count: usize,
    /// How often it failed.
    pub failures: usize,
    /// The time until the server answered.
    pub answer: Option<Spread>,
    /// The time until the operation that began had ended; none if none began.
    pub done: Option<Spread>,
}

/// What was measured. All threads write into it.
#[derive(Debug)]
pub struct Tally {
    begun: Instant,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    answers: BTreeMap<Kind, Vec<Sample>>,
    done: BTreeMap<Kind, Vec<Duration>>,
    failed: BTreeMap<Kind, usize>,
    failures: Vec<Failure>,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Duration,
    took: Duration,
}

impl Tally {
    /// An empty one, whose clock begins now.
    pub fn new() -> Self {
        Self { begun: Instant::now(), inner: Mutex::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time since the start.
    pub fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// An answer came after this time.
    pub fn answered(&self, kind: Kind, took: Duration) {
        let sample = Sample { at: self.now(), took };
        self.inner().answers.entry(kind).or_default().push(sample);
    }

    /// An operation ended this long after it was asked for.
    pub fn done(&self, kind: Kind, took: Duration) {
        self.inner().done.entry(kind).or_default().push(took);
    }

    /// Something failed.
    pub fn failed(&self, what: Kind, who: &str, why: impl Into<String>) {
        let failure = Failure { at_s: self.now().as_secs_f64(), what, who: who.to_owned(), why: why.into() };
        let mut inner = self.inner();
        *inner.failed.entry(what).or_default() += 1;
        if inner.failures.len() < KEPT {
            inner.failures.push(failure);
        }
    }

    /// How many answers of a kind came.
    pub fn count(&self, kind: Kind) -> usize {
        self.inner().answers.get(&kind).map_or(0, Vec::len)
    }

    /// The figures of each kind that happened.
    pub fn rows(&self) -> Vec<Row> {
        let inner = self.inner();
        let mut kinds: Vec<Kind> = inner.answers.keys().chain(inner.failed.keys()).copied().collect();
        kinds.sort_unstable();
        kinds.dedup();
        let row = |what| {
            let answers = inner.answers.get(&what).map(Vec::as_slice).unwrap_or_default();
            Row {
                what,
                count: answers.len(),
                failures: inner.failed.get(&what).copied().unwrap_or_default(),
                answer: Spread::of(answers.iter().map(|sample| sample.took)),
                done: Spread::of(inner.done.get(&what).into_iter().flatten().copied()),
            }
        };
        kinds.into_iter().map(row).collect()
    }

    /// The first failures, in order.
    pub fn failures(&self) -> Vec<Failure> {
        self.inner().failures.clone()
    }

    /// When a kind went over its limit: more than a twentieth of all its answers had come too late by then.
    pub fn over_limit(&self, kind: Kind) -> Option<Duration> {
        let limit = kind.limit()?;
        let inner = self.inner();
        let mut answers = inner.answers.get(&kind)?.clone();
        answers.sort_unstable_by_key(|sample| sample.at);
        let allowed = answers.len() / 20;
        answers.iter().filter(|sample| sample.took > limit).nth(allowed).map(|sample| sample.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_passed_by_more_than_a_twentieth() {
        let tally = Tally::new();
        let key = |milliseconds| tally.answered(Kind::Key, Duration::from_millis(milliseconds));
        (0..38).for_each(|_| key(10));
        key(500);
        key(500);
        assert_eq!(tally.over_limit(Kind::Key), None);
        assert!(tally.rows()[0].answer.unwrap().p95_ms <= 100.0);
        key(500);
        assert!(tally.over_limit(Kind::Key).is_some());
        assert!(tally.rows()[0].answer.unwrap().p95_ms > 100.0);
        assert_eq!(tally.over_limit(Kind::Did(Deed::Task)), None);
    }

    #[test]
    fn failures_are_counted_and_the_first_kept() {
        let tally = Tally::new();
        (0..30).for_each(|number| tally.failed(Kind::Did(Deed::Undo), "s01", format!("{number}")));
        tally.answered(Kind::Did(Deed::Save), Duration::from_millis(3));
        tally.done(Kind::Did(Deed::Save), Duration::from_millis(40));
        let rows = tally.rows();
        assert_eq!(
            (rows[0].what, rows[0].count, rows[0].done.unwrap().worst_ms),
            (Kind::Did(Deed::Save), 1, 40.0)
        );
        assert_eq!((rows[1].what, rows[1].count, rows[1].failures), (Kind::Did(Deed::Undo), 0, 30));
        let kept = tally.failures();
        assert_eq!((kept.len(), kept[0].why.as_str()), (KEPT, "0"));
    }
}
