//! Finds outages in the results of requests.
//!
//! An outage is a maximal run of failed requests, in the order in which they were sent, ended by the first of
//! three good ones in a row. The state between two requests is unknown, so the length of each outage has
//! bounds:
//!
//! ```text
//!           last good        first failed         last failed        first good
//! sent ─────────┬────────────────┬─────────── … ──────┬───────────────────┬──────→
//!               └ away after this, ┘                  └ back after this,  ┘ and before its answer
//!                 and before the answer to this would have come
//! ```

use super::analysis::Estimate;
use super::index::good;
use crate::record::{Nanos, Sample};

/// The number of consecutive good answers that end an outage: a single one may come from a service that is
/// only partly up.
pub const GOOD_IN_A_ROW: usize = 3;

/// An outage in a list of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The first failed request.
    pub first_failed: usize,
    /// The last failed request.
    pub last_failed: usize,
    /// The first of the good ones that ended it; `None` if it did not end.
    pub first_good: Option<usize>,
}

impl Run {
    /// Failed requests.
    pub fn failed(&self, samples: &[&Sample]) -> usize {
        samples[self.first_failed..=self.last_failed].iter().filter(|sample| !good(sample)).count()
    }

    /// Good answers inside it.
    pub fn answered(&self, samples: &[&Sample]) -> usize {
        self.last_failed + 1 - self.first_failed - self.failed(samples)
    }

    /// The longest time around its ends without a request, which the generator itself adds to the error.
    pub fn gap(&self, samples: &[&Sample]) -> Nanos {
        let sent = |place: usize| samples[place].sent;
        let before = sent(self.first_failed).since(sent(self.first_failed.saturating_sub(1)));
        let after = self.first_good.map_or(Nanos(0), |good| sent(good).since(sent(self.last_failed)));
        before.max(after)
    }

    /// The last time before it at which the service was certainly up. A good answer shows that it was up at
    /// some time between request and answer: one in flight when the first request failed may have been sent
    /// during the outage, and saved by a retransmission.
    fn surely_there(&self, samples: &[&Sample]) -> Nanos {
        let broken = samples[self.first_failed].sent;
        let sure = |sample: &&&Sample| good(sample) && sample.done <= broken;
        samples[..self.first_failed].iter().rev().find(sure).unwrap_or(&samples[0]).sent
    }

    /// The length of the outage. `response` is the duration of a good answer: a failed request may have been
    /// sent while the service was still up, and failed when its answer would have been due.
    pub fn length(&self, samples: &[&Sample], response: Nanos) -> Estimate {
        let sent = |place: usize| samples[place].sent;
        let away_after = if self.first_failed == 0 { sent(0) } else { sent(self.first_failed - 1) };
        let away_before = sent(self.first_failed).plus(response);
        let back_after = sent(self.last_failed);
        let middle = |one: Nanos, two: Nanos| Nanos((one.0 + two.0) / 2);
        let began = middle(away_after, sent(self.first_failed));
        match self.first_good {
            Some(first_good) => Estimate {
                value: middle(back_after, sent(first_good)).since(began),
                low: back_after.since(away_before),
                high: Some(samples[first_good].done.since(self.surely_there(samples))),
            },
            None => {
                Estimate { value: back_after.since(began), low: back_after.since(away_before), high: None }
            }
        }
    }
}

/// All outages in samples, which are in the order of sending.
pub fn find(samples: &[&Sample]) -> Vec<Run> {
    let together = Nanos(interval(samples).0 / 2);
    let mut runs: Vec<Run> = Vec::new();
    let mut open: Option<Run> = None;
    let mut in_a_row = 0;
    for (place, sample) in samples.iter().enumerate() {
        if !good(sample) {
            in_a_row = 0;
            let run = open.get_or_insert(Run { first_failed: place, last_failed: place, first_good: None });
            run.last_failed = place;
            continue;
        }
        // The order in which the service received a burst sent after a stall is unknown, so a good answer
        // beside a failed one does not show that the service is back.
        if open.is_some_and(|run| sample.sent.since(samples[run.last_failed].sent) < together) {
            continue;
        }
        in_a_row += 1;
        if in_a_row == GOOD_IN_A_ROW
            && let Some(run) = open.take()
        {
            runs.push(Run { first_good: Some(place + 1 - GOOD_IN_A_ROW), ..run });
        }
    }
    runs.extend(open);
    runs
}

/// The time between two requests, as scheduled.
fn interval(samples: &[&Sample]) -> Nanos {
    let spans = samples.len().saturating_sub(1).max(1) as u64;
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return Nanos(0) };
    Nanos(last.due.since(first.due).0 / spans)
}
