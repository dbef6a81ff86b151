//! Whether a lab can carry its load at all, before anything is done to it.
//!
//! Clients ask at a fixed rate, whatever is answered, so a lab that is near its limit lets them wait: the
//! nearer, the longer. Where a page needs half of its time-out although nothing is wrong, the least
//! disturbance doubles that and its requests fail, and nobody can tell any more what a fault did and what the
//! load did. A drill waits for a baseline without that, and a report excuses no broken promise by it, but no
//! time that was measured beside it counts as too long.

use std::fmt;

use serde::Serialize;

use super::{Answer, Nanos, Sample};
use crate::model::LoadName;
use crate::model::drill::{Load, LoadTrait};

/// A lab that has room answers within this part of a load's time-out, in parts of a hundred.
const ROOM_PERCENT: u64 = 50;

/// The most requests that may fail or take longer, in parts of a hundred.
const MOST_SLOW_PERCENT: usize = 1;

/// As few as these prove nothing, however few were asked.
const CHANCE: usize = 1;

/// A load that a lab can hardly carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overload {
    /// The load.
    pub load: LoadName,
    /// Requests that were sent while nothing was done to the lab.
    pub asked: usize,
    /// Of those, how many failed or took longer than the limit.
    pub slow: usize,
    /// Half of the load's time-out.
    pub limit: Nanos,
}

impl Overload {
    /// Judges requests of a time in which nothing was done to the lab; none if it had room. Only what asks
    /// for pages is judged: packets may be lost, and calls have figures of their own.
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
