//! The fates of packets, in a compact form for 1000 packets a second.

use serde::{Deserialize, Serialize};

use super::{Answer, Nanos, Sample};
use crate::model::LoadName;
use crate::model::drill::Load;

/// The fates of consecutive packets, without a gap. Times are in microseconds, rounded down.
///
/// In a record, a packet takes about 7 bytes in it, compared with 150 for a [`Sample`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PacketRun {
    /// The load.
    pub load: LoadName,
    /// The number of the first, from 0.
    pub first: u64,
    /// When the first was due.
    pub due: Nanos,
    /// The interval between two packets.
    pub interval: Nanos,
    /// The time after which a packet counts as lost.
    pub patience: Nanos,
    /// The delay of sending each packet after it was due.
    pub late_us: Vec<u32>,
    /// The latency of each answer; none if it was not in time.
    pub took_us: Vec<Option<u32>>,
    /// The number of duplicate answers.
    pub duplicates: u32,
    /// The number of answers that arrived after that to a later packet.
    pub out_of_order: u32,
    /// The number of answers that arrived after their packet had timed out.
    pub too_late: u32,
}

impl PacketRun {
    /// An empty run that starts with the packet of this number, which is due at this time.
    pub fn begin(load: &Load, first: u64, due: Nanos) -> Self {
        let room = load.rate as usize;
        Self {
            load: load.name.clone(),
            first,
            due,
            interval: Nanos(load.interval_ns()),
            patience: load.timeout.into(),
            late_us: Vec::with_capacity(room),
            took_us: Vec::with_capacity(room),
            duplicates: 0,
            out_of_order: 0,
            too_late: 0,
        }
    }

    /// Takes the run unless it is empty, and continues with the packet of this number, which is due at this
    /// time.
    pub fn take(&mut self, next: u64, due: Nanos) -> Option<Self> {
        let begun = Self {
            load: self.load.clone(),
            first: next,
            due,
            interval: self.interval,
            patience: self.patience,
            late_us: Vec::with_capacity(self.len()),
            took_us: Vec::with_capacity(self.len()),
            duplicates: 0,
            out_of_order: 0,
            too_late: 0,
        };
        let run = std::mem::replace(self, begun);
        (!run.is_empty()).then_some(run)
    }

    /// Adds the next packet: the delay of sending it, and the latency of its answer.
    pub fn push(&mut self, late: Nanos, took: Option<Nanos>) {
        self.late_us.push(micros(late));
        self.took_us.push(took.map(micros));
    }

    /// The number of packets in it.
    pub fn len(&self) -> usize {
        self.late_us.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        let others = [self.duplicates, self.out_of_order, self.too_late];
        self.late_us.is_empty() && others.into_iter().all(|number| number == 0)
    }

    /// Each packet as a request that was answered, or not in time.
    pub fn samples(&self) -> impl Iterator<Item = Sample> {
        let packets = (0..).zip(&self.late_us).zip(&self.took_us);
        packets.map(|((place, late), took)| {
            let seq = self.first.saturating_add(place);
            let due = self.due.plus(Nanos(self.interval.0.saturating_mul(place)));
            let sent = due.plus(Nanos(u64::from(*late) * 1000));
            let (answer, took) = match took {
                Some(took) => (Answer::Ok, Nanos(u64::from(*took) * 1000)),
                None => (Answer::Timeout, self.patience),
            };
            Sample { load: self.load.clone(), seq, due, sent, done: sent.plus(took), answer, node: None }
        })
    }
}

fn micros(span: Nanos) -> u32 {
    u32::try_from(span.0 / 1000).unwrap_or(u32::MAX)
}
