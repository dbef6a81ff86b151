//! What the engine itself has to know of the service while the drill runs. The figures come from the record
//! later.

use std::collections::VecDeque;

use super::signs::Signs;
use crate::model::drill::Load;
use crate::model::{Lab, LoadName};
use crate::record::{Answer, Event, Nanos, Overload, Sample, What};

/// The most times of good requests that are kept. When there are more, only those stay that are far enough
/// apart: what is asked of them is how long ago the first of them was, and that becomes too small by the
/// distance of two at most.
const MOST_KEPT: usize = 1 << 16;

/// So many good answers in a row mean that the service is back.
const GOOD_IN_A_ROW: usize = 3;

/// The service as clients have seen it so far.
#[derive(Debug, Default)]
pub struct Live {
    /// The load that is the service.
    service: Option<LoadName>,
    /// When the last request that failed was sent.
    last_failed: Option<Nanos>,
    /// When good requests were sent that are later than that one, sorted.
    good: VecDeque<Nanos>,
    /// How far apart these are at least, once there are many.
    apart: Nanos,
    /// The latest good request of all.
    last_good: Nanos,
    /// What is counted of a load, while its ramp goes on.
    counted: Option<Counted>,
    /// The requests of all loads, while it is seen whether the lab can carry them.
    baseline: Option<Vec<Sample>>,
    /// How often a node's streams were opened or could not be.
    pub streams_settled: usize,
    /// What the nodes have said.
    pub signs: Signs,
}

/// What became of the requests of a step of a ramp.
#[derive(Debug)]
struct Counted {
    load: LoadName,
    answered: usize,
    offered: usize,
}

impl Counted {
    fn add(&mut self, load: &LoadName, answered: bool) {
        if self.load == *load {
            self.offered += 1;
            self.answered += usize::from(answered);
        }
    }
}

impl Live {
    /// Begins to count the requests of a load.
    pub fn count(&mut self, load: &LoadName) {
        self.counted = Some(Counted { load: load.clone(), answered: 0, offered: 0 });
    }

    /// How many of them were answered well, and how many were due.
    pub fn counted(&self) -> (usize, usize) {
        self.counted.as_ref().map_or((0, 0), |counted| (counted.answered, counted.offered))
    }

    /// Begins to keep the requests of the baseline.
    pub fn begin_baseline(&mut self) {
        self.baseline = Some(Vec::new());
    }

    /// Forgets them.
    pub fn end_baseline(&mut self) {
        self.baseline = None;
    }

    /// The first of the loads that the lab can hardly carry, as the requests show that ended last, in as long
    /// a time as the baseline is.
    pub fn overload(&self, loads: &[Load], baseline: Nanos) -> Option<Overload> {
        let samples = self.baseline.as_deref().unwrap_or_default();
        let last = samples.iter().map(|sample| sample.done).max()?;
        let latest = || samples.iter().filter(|sample| last.since(sample.done) <= baseline);
        loads.iter().find_map(|load| Overload::of(load, latest()))
    }

    /// Nothing is known yet of the service that this load asks.
    pub fn new(service: Option<LoadName>) -> Self {
        Self { service, ..Self::default() }
    }

    /// What lines mean is as the stacks of this lab say.
    pub fn reading(mut self, lab: &Lab) -> Self {
        self.signs = Signs::new(lab);
        self
    }

    /// Takes in an event.
    pub fn hear(&mut self, event: &Event) {
        self.signs.hear(event);
        if let Some(counted) = &mut self.counted {
            match &event.what {
                What::Sample(sample) => counted.add(&sample.load, sample.answer == Answer::Ok),
                What::Dropped { load, .. } => counted.add(load, false),
                _ => {}
            }
        }
        if let (Some(kept), What::Sample(sample)) = (&mut self.baseline, &event.what) {
            kept.push(sample.clone());
        }
        match &event.what {
            What::Sample(sample) if Some(&sample.load) == self.service.as_ref() => self.sample(sample),
            What::Packets(run) if Some(&run.load) == self.service.as_ref() => {
                run.samples().for_each(|sample| self.sample(&sample));
            }
            What::StreamOpened { .. } | What::StreamLost { .. } => self.streams_settled += 1,
            _ => {}
        }
    }

    /// Requests end in another order than they were sent in, so each is put where it belongs, which is near
    /// the end.
    fn sample(&mut self, sample: &Sample) {
        if sample.answer == Answer::Ok {
            if self.last_failed.is_none_or(|failed| sample.sent > failed) {
                self.take_good(sample.sent);
            }
        } else {
            let failed = self.last_failed.map_or(sample.sent, |failed| failed.max(sample.sent));
            self.last_failed = Some(failed);
            let gone = self.good.partition_point(|sent| *sent <= failed);
            self.good.drain(..gone);
            self.apart = Nanos(0);
        }
    }

    fn take_good(&mut self, sent: Nanos) {
        self.last_good = self.last_good.max(sent);
        let place = self.good.partition_point(|earlier| *earlier <= sent);
        let earlier = place.checked_sub(1).and_then(|place| self.good.get(place));
        if earlier.is_some_and(|earlier| sent.since(*earlier) < self.apart) {
            return;
        }
        self.good.insert(place, sent);
        if let (Some(first), true) = (self.good.front().copied(), self.good.len() > MOST_KEPT) {
            self.apart = Nanos(2 * self.last_good.since(first).0 / MOST_KEPT as u64);
            let (apart, mut kept) = (self.apart, None);
            self.good.retain(|sent| {
                let stays = kept.is_none_or(|kept| sent.since(kept) >= apart);
                if stays {
                    kept = Some(*sent);
                }
                stays
            });
        }
    }

    /// Whether requests have failed since this time, and the service is back.
    pub fn restored_since(&self, time: Nanos) -> bool {
        self.last_failed.is_some_and(|failed| failed >= time) && self.good.len() >= GOOD_IN_A_ROW
    }

    /// How long the service has been answering well without one failure, since this time at most: from the
    /// first good request to the last.
    pub fn calm_since(&self, time: Nanos) -> Nanos {
        let first = self.good.get(self.good.partition_point(|sent| *sent < time));
        first.map_or(Nanos(0), |first| self.last_good.since(*first))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn heard(live: &mut Live, sent: u64, good: bool) {
        let (load, sent) = ("web".parse().unwrap(), Nanos(sent));
        let answer = if good { Answer::Ok } else { Answer::Timeout };
        let sample = Sample { load, seq: 0, due: sent, sent, done: sent, answer, node: None };
        live.hear(&Event { t: sent, what: What::Sample(sample) });
    }

    proptest! {
        /// Whatever the order in which requests end: the same as counting all of them again.
        #[test]
        fn what_is_known_is_what_all_requests_say(
            ended in prop::collection::vec((0u64..100, prop::bool::weighted(0.9)), 0..80),
            time in 0u64..100,
        ) {
            let mut live = Live::new("web".parse().ok());
            ended.iter().for_each(|(sent, good)| heard(&mut live, *sent, *good));
            let failed = ended.iter().filter(|(_, good)| !good).map(|(sent, _)| *sent).max();
            let since = |time: u64| {
                let calm = ended.iter().filter(|(sent, good)| *good && failed.is_none_or(|failed| *sent > failed));
                let mut times: Vec<u64> = calm.map(|(sent, _)| *sent).filter(|sent| *sent >= time).collect();
                times.sort_unstable();
                times
            };
            let calm = since(time);
            let length = calm.last().zip(calm.first()).map_or(0, |(last, first)| last - first);
            prop_assert_eq!(live.calm_since(Nanos(time)), Nanos(length));
            let restored = failed.is_some_and(|failed| failed >= time) && since(0).len() >= GOOD_IN_A_ROW;
            prop_assert_eq!(live.restored_since(Nanos(time)), restored);
        }
    }

    #[test]
    fn eight_hours_without_a_failure_are_no_burden() {
        let mut live = Live::new("web".parse().ok());
        let (count, interval) = (8 * 3600 * 100, 10_000_000);
        for number in 0..count {
            heard(&mut live, number * interval, true);
        }
        assert!(live.good.len() <= MOST_KEPT);
        let whole = Nanos((count - 1) * interval);
        let calm = live.calm_since(Nanos(interval * 1000));
        let wanted = whole.since(Nanos(interval * 1000));
        assert!(calm <= wanted && wanted.since(calm) < Nanos::millis(5000), "{calm} of {wanted}");
        assert_eq!(live.calm_since(Nanos(0)), whole);
    }
}
