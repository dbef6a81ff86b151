//! What the engine itself has to know of the service while the drill runs. The figures come from the record later.

use super::signs::Signs;
use crate::model::LoadName;
use crate::model::drill::Load;
use crate::record::{Answer, Event, Nanos, Overload, Sample, What};

/// So many good answers in a row mean that the service is back.
const GOOD_IN_A_ROW: usize = 3;

/// The service as clients have seen it so far.
#[derive(Debug, Default)]
pub struct Live {
    /// The load that is the service.
    service: Option<LoadName>,
    /// When the last request that failed was sent.
    last_failed: Option<Nanos>,
    /// When good requests were sent that are later than that one.
    good: Vec<Nanos>,
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

    /// The first of the loads that the lab can hardly carry, as the requests show that ended last, in as long a time as the baseline is.
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

    /// Requests end in another order than they were sent in, so each is put where it belongs.
    fn sample(&mut self, sample: &Sample) {
        if sample.answer == Answer::Ok {
            if self.last_failed.is_none_or(|failed| sample.sent > failed) {
                self.good.push(sample.sent);
            }
        } else {
            let failed = self.last_failed.map_or(sample.sent, |failed| failed.max(sample.sent));
            self.last_failed = Some(failed);
            self.good.retain(|sent| *sent > failed);
        }
    }

    /// Whether requests have failed since this time, and the service is back.
    pub fn restored_since(&self, time: Nanos) -> bool {
        self.last_failed.is_some_and(|failed| failed >= time) && self.good.len() >= GOOD_IN_A_ROW
    }

    /// How long the service has been answering well without one failure, since this time at most: from the first
    /// good request to the last.
    pub fn calm_since(&self, time: Nanos) -> Nanos {
        let good = || self.good.iter().copied().filter(|sent| *sent >= time);
        match (good().min(), good().max()) {
            (Some(first), Some(last)) => last.since(first),
            _ => Nanos(0),
        }
    }
}
