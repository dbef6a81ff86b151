//! The live state of the service that the engine needs during the drill. The figures are computed from the
//! record later.

use std::collections::VecDeque;

use super::signs::Signs;
use crate::model::drill::Load;
use crate::model::{Lab, LoadName};
use crate::record::{Answer, Event, Nanos, Overload, Sample, What};

/// The largest number of times of good requests that are kept. Beyond it, only times that are far enough
/// apart are kept: they serve to tell how long ago the first of them was, and that is underestimated by at
/// most the distance of two.
const MOST_KEPT: usize = 1 << 16;

/// The number of consecutive good answers that mean that the service is back.
const GOOD_IN_A_ROW: usize = 3;

/// The service as its clients see it.
#[derive(Debug, Default)]
pub struct Live {
    /// The load that represents the service.
    service: Option<LoadName>,
    /// When the last request that failed was sent.
    last_failed: Option<Nanos>,
    /// When later good requests were sent, sorted.
    good: VecDeque<Nanos>,
    /// The minimum distance of these, once there are many.
    apart: Nanos,
    /// The latest good request of all.
    last_good: Nanos,
    /// The counters of a load, while its ramp is running.
    counted: Option<Counted>,
    /// The requests of all loads, while the capacity of the lab is checked.
    baseline: Option<Vec<Sample>>,
    /// The number of times that a node's streams were opened or failed to.
    pub streams_settled: usize,
    /// The signs in the lines of nodes.
    pub signs: Signs,
    /// Which node talks without end, if one does.
    pub flood: Option<String>,
}

/// Outcomes of the requests of a step of a ramp.
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
    /// Starts counting the requests of a load.
    pub fn count(&mut self, load: &LoadName) {
        self.counted = Some(Counted { load: load.clone(), answered: 0, offered: 0 });
    }

    /// The number of good answers, and the number of requests due.
    pub fn counted(&self) -> (usize, usize) {
        self.counted.as_ref().map_or((0, 0), |counted| (counted.answered, counted.offered))
    }

    /// Starts keeping the requests of the baseline.
    pub fn begin_baseline(&mut self) {
        self.baseline = Some(Vec::new());
    }

    /// Discards them.
    pub fn end_baseline(&mut self) {
        self.baseline = None;
    }

    /// The first of the loads that overload the lab, judged by the last requests over the length of the
    /// baseline.
    pub fn overload(&self, loads: &[Load], baseline: Nanos) -> Option<Overload> {
        let samples = self.baseline.as_deref().unwrap_or_default();
        let last = samples.iter().map(|sample| sample.done).max()?;
        let latest = || samples.iter().filter(|sample| last.since(sample.done) <= baseline);
        loads.iter().find_map(|load| Overload::of(load, latest()))
    }

    /// Starts without knowledge of the service that this load queries.
    pub fn new(service: Option<LoadName>) -> Self {
        Self { service, ..Self::default() }
    }

    /// Interprets lines by the rules of this lab's stacks.
    pub fn reading(mut self, lab: &Lab) -> Self {
        self.signs = Signs::new(lab);
        self
    }

    /// Processes an event.
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
            What::Flooded { node, per_second, of } => {
                let reason = format!("{node} talks without end: more than {per_second} {of} in a second");
                self.flood.get_or_insert(reason);
            }
            _ => {}
        }
    }

    /// Requests do not end in the order of sending, so each is inserted at its place, which is near the end.
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

    /// How long the service has answered without a failure, since this time at most: from the first good
    /// request to the last.
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
        /// The result does not depend on the order in which requests end, and equals a full count.
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
