//! The packets of a stream that are in flight, in preallocated slots. Pure.

use crate::record::Nanos;

/// The state of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    /// It was sent at this time.
    Sent(Nanos),
    /// It was sent, and its answer arrived after this time.
    Answered(Nanos, Nanos),
    /// It was not sent.
    NotSent,
}

/// The fate of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was sent at this time, and answered after this delay; none if it was not answered in time.
    Sent(Nanos, Option<Nanos>),
    /// It was not sent.
    NotSent,
}

/// The classification of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The first answer to a packet.
    InOrder,
    /// The first answer to a packet, after that to a later packet.
    OutOfOrder,
    /// A duplicate answer.
    Again,
    /// The answer to a packet that had timed out.
    TooLate,
}

/// Packets in the order of their numbers whose fates were not reported yet.
#[derive(Debug)]
pub struct Ring {
    slots: Vec<Slot>,
    /// The number of the first.
    oldest: u64,
    /// The number of the next packet to send.
    next: u64,
    /// One more than the highest number that was answered.
    answered: u64,
}

impl Ring {
    /// A ring with this number of slots, at least one.
    pub fn new(room: usize) -> Self {
        Self { slots: vec![Slot::NotSent; room.max(1)], oldest: 0, next: 0, answered: 0 }
    }

    /// The number of the next packet to send.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The number of packets in the ring.
    pub fn len(&self) -> usize {
        usize::try_from(self.next - self.oldest).unwrap_or(usize::MAX)
    }

    /// Whether the ring is full.
    pub fn is_full(&self) -> bool {
        self.len() >= self.slots.len()
    }

    /// Adds the next packet: when it was sent, or none if it was not. There must be room.
    pub fn push(&mut self, sent: Option<Nanos>) {
        let slot = self.slot(self.next);
        *slot = sent.map_or(Slot::NotSent, Slot::Sent);
        self.next += 1;
    }

    /// Records an answer that arrived at this time.
    pub fn answer(&mut self, number: u64, at: Nanos) -> Heard {
        let kept = self.next.saturating_sub(self.slots.len() as u64);
        if number < kept || number >= self.next {
            return Heard::TooLate;
        }
        let told = number < self.oldest;
        let slot = self.slot(number);
        let sent = match *slot {
            Slot::Answered(..) => return Heard::Again,
            Slot::Sent(sent) if !told => sent,
            Slot::Sent(_) | Slot::NotSent => return Heard::TooLate,
        };
        *slot = Slot::Answered(sent, at.since(sent));
        if number < self.answered {
            return Heard::OutOfOrder;
        }
        self.answered = number + 1;
        Heard::InOrder
    }

    /// The oldest packet, if its fate is known at this time.
    pub fn settle(&mut self, now: Nanos, patience: Nanos) -> Option<(u64, Fate)> {
        if self.oldest == self.next {
            return None;
        }
        let fate = match *self.slot(self.oldest) {
            Slot::NotSent => Fate::NotSent,
            Slot::Answered(sent, took) => Fate::Sent(sent, Some(took).filter(|took| *took <= patience)),
            Slot::Sent(sent) if now > sent.plus(patience) => Fate::Sent(sent, None),
            Slot::Sent(_) => return None,
        };
        self.oldest += 1;
        Some((self.oldest - 1, fate))
    }

    fn slot(&mut self, number: u64) -> &mut Slot {
        let room = self.slots.len() as u64;
        // Less than the number of slots, which is a `usize`.
        &mut self.slots[(number % room) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Nanos = Nanos(100);

    #[test]
    fn fates_are_told_in_the_order_of_sending() {
        let mut ring = Ring::new(4);
        for at in [10, 20, 30] {
            ring.push(Some(Nanos(at)));
        }
        ring.push(None);
        assert!(ring.is_full() && ring.len() == 4 && ring.next() == 4);
        assert_eq!(ring.answer(1, Nanos(25)), Heard::InOrder);
        assert_eq!(ring.settle(Nanos(50), PATIENCE), None, "packet 0 may still be answered");
        assert_eq!(ring.answer(0, Nanos(40)), Heard::OutOfOrder);
        assert_eq!(ring.answer(1, Nanos(41)), Heard::Again);
        assert_eq!(ring.settle(Nanos(50), PATIENCE), Some((0, Fate::Sent(Nanos(10), Some(Nanos(30))))));
        assert_eq!(ring.settle(Nanos(50), PATIENCE), Some((1, Fate::Sent(Nanos(20), Some(Nanos(5))))));
        assert_eq!(ring.settle(Nanos(130), PATIENCE), None);
        assert_eq!(ring.settle(Nanos(131), PATIENCE), Some((2, Fate::Sent(Nanos(30), None))));
        assert_eq!(ring.answer(2, Nanos(132)), Heard::TooLate);
        assert_eq!(ring.answer(1, Nanos(132)), Heard::Again, "its fate was reported long ago");
        assert_eq!(ring.settle(Nanos(132), PATIENCE), Some((3, Fate::NotSent)));
        assert_eq!(ring.settle(Nanos(132), PATIENCE), None);
    }

    #[test]
    fn an_answer_that_was_seen_too_late_is_a_loss() {
        let mut ring = Ring::new(2);
        ring.push(Some(Nanos(10)));
        assert_eq!(ring.answer(0, Nanos(111)), Heard::InOrder);
        assert_eq!(ring.settle(Nanos(111), PATIENCE), Some((0, Fate::Sent(Nanos(10), None))));
    }
}
