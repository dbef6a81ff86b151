//! Checks whether a lab can carry its load at all, before any fault.
//!
//! Clients send requests at a fixed rate regardless of the answers, so response times grow as a lab
//! approaches its limit. If a page takes half of its time-out in normal operation, a slight disturbance
//! doubles that and its requests fail: the effects of a fault and of the load can no longer be separated. A
//! drill waits for a baseline without overload. In a report, overload does not excuse a violated invariant,
//! but a time that was measured under it does not count as too long.

use std::fmt;

use serde::Serialize;

use super::{Answer, Nanos, Sample};
use crate::model::LoadName;
use crate::model::drill::{Load, LoadTrait};

/// A lab with spare capacity answers within this percentage of a load's time-out.
const ROOM_PERCENT: u64 = 50;

/// The percentage of requests that may fail or take longer.
const MOST_SLOW_PERCENT: usize = 1;

/// This number of requests proves nothing, regardless of the total.
const CHANCE: usize = 1;

/// A load at the limit of a lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overload {
    /// The load.
    pub load: LoadName,
    /// The number of requests sent before any fault.
    pub asked: usize,
    /// The number of those that failed or took longer than the limit.
    pub slow: usize,
    /// Half of the load's time-out.
    pub limit: Nanos,
}

impl Overload {
    /// Judges requests from a time without faults; none if the lab had spare capacity. Only loads of pages
    /// are judged: packets may be lost, and calls have figures of their own.
    pub fn of<'a>(load: &Load, samples: impl IntoIterator<Item = &'a Sample>) -> Option<Self> {
        if !load.kind.has(LoadTrait::Pages) {
            return None;
        }
        let limit = Nanos(Nanos::from(load.timeout).0 * ROOM_PERCENT / 100);
        let (mut asked, mut slow) = (0, 0);
        for sample in samples.into_iter().filter(|sample| sample.load == load.name) {
            asked += 1;
            slow += usize::from(sample.answer != Answer::Ok || sample.done.since(sample.sent) > limit);
        }
        let overloaded = slow > CHANCE && slow * 100 > asked * MOST_SLOW_PERCENT;
        overloaded.then(|| Self { load: load.name.clone(), asked, slow, limit })
    }
}

impl fmt::Display for Overload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { load, asked, slow, limit } = self;
        write!(
            f,
            "{load}: {slow} of {asked} requests failed or took longer than {limit} s, half of their time-out, before anything was done to the lab: it can hardly carry this load on this machine"
        )
    }
}
