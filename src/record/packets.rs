//! What became of packets, so short that a thousand a second are no burden.

use serde::{Deserialize, Serialize};

use super::{Answer, Nanos, Sample};
use crate::model::LoadName;
use crate::model::drill::Load;

/// What became of packets that were sent one after the other, without a hole. Times are in microseconds,
/// rounded down.
///
/// As a line of a record a packet takes seven bytes or so, where a [`Sample`] takes a hundred and fifty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PacketRun {
    /// The load that they belong to.
    pub load: LoadName,
    /// The number of the first, from 0.
    pub first: u64,
    /// When the first was due.
    pub due: Nanos,
    /// The time between two that are due.
    pub interval: Nanos,
    /// After how long a packet is lost.
    pub patience: Nanos,
    /// How long after it was due each was sent.
    pub late_us: Vec<u32>,
    /// How long after it was sent each was answered; none if it was not in time.
    pub took_us: Vec<Option<u32>>,
    /// Answers that came once more.
    pub duplicates: u32,
    /// Answers that came after that to a later packet.
    pub out_of_order: u32,
    /// Answers that came after their packet was given up.
    pub too_late: u32,
}

impl PacketRun {
    /// Nothing is known yet of the packets from this number on, which is due at this time.
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

    /// Takes out what is known, if it says anything, and goes on with the packet of this number, which is due
    /// at this time.
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

    /// Takes in the next packet: how late it was sent, and how long after that it was answered.
    pub fn push(&mut self, late: Nanos, took: Option<Nanos>) {
        self.late_us.push(micros(late));
        self.took_us.push(took.map(micros));
    }

    /// How many packets it is of.
    pub fn len(&self) -> usize {
        self.late_us.len()
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.late_us.is_empty() && self.duplicates + self.out_of_order + self.too_late == 0
    }

    /// Each packet as if it were a request: answered, or not in time.
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
