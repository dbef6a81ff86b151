//! One direction of the voice or video of a line.

use std::collections::VecDeque;

use super::facts::{MediaRun, Medium, Way};
use super::rtp::{Label, RtpHeader, VOICE, write};
use crate::model::drill::Load;
use crate::probe::ring::{Fate, Heard, Ring};
use crate::record::{Nanos, PacketRun};

/// Spare slots in the ring, beyond the packets in flight during an outage: for a thread that was held up.
const SPARE: u64 = 64;

/// The largest payload of a video packet, in bytes.
const MOST_VIDEO: u32 = 1000;

/// The lowest rate of video packets a second.
const FEWEST_VIDEO: u32 = 10;

/// The fate of a packet: how late it was sent, and its latency; none if it was lost, or not sent.
pub type Became = Option<(Nanos, Nanos)>;

/// The medium of a stream, and its rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The medium.
    pub medium: Medium,
    /// Packets a second.
    pub rate: u32,
    /// Payload size of each, in bytes.
    pub length: usize,
    /// Clock samples between two packets.
    pub samples: u32,
}

impl Pace {
    /// G.711 in packets of 20 ms.
    pub const VOICE: Self = Self { medium: Medium::Voice, rate: 50, length: VOICE, samples: 160 };

    /// Video of this bit rate in kbit/s, in packets of at most 1000 bytes.
    pub fn video(kbps: u32) -> Self {
        let bytes = kbps * 1000 / 8;
        let rate = bytes.div_ceil(MOST_VIDEO).max(FEWEST_VIDEO);
        let length = usize::try_from(bytes / rate).unwrap_or(usize::MAX);
        Self { medium: Medium::Video, rate, length, samples: 90_000 / rate }
    }
}

/// One direction of the voice or video of a line.
#[derive(Debug)]
pub struct Stream {
    /// The index of the sending device in the line.
    pub from: usize,
    /// The index of the receiving device.
    pub to: usize,
    pace: Pace,
    label: Label,
    patience: Nanos,
    /// When the first packet is due.
    begin: Nanos,
    ring: Ring,
    run: MediaRun,
    /// Known fates of packets that were not taken yet, if a consumer takes them.
    became: VecDeque<Became>,
}

impl Stream {
    /// Creates a stream of a line. The label is that of its packets, apart from their numbers.
    pub fn new(load: &Load, line: u32, way: Way, pace: Pace, ends: (usize, usize), label: Label) -> Self {
        let room = 2 * u64::from(pace.rate) * load.timeout.0 / 1000 + SPARE;
        let interval = Nanos(1_000_000_000 / u64::from(pace.rate));
        let packets = PacketRun { interval, ..PacketRun::begin(load, 0, Nanos(0)) };
        Self {
            from: ends.0,
            to: ends.1,
            pace,
            label,
            patience: load.timeout.into(),
            begin: Nanos(0),
            ring: Ring::new(usize::try_from(room).unwrap_or(usize::MAX)),
            run: MediaRun { line, way, medium: pace.medium, packets },
            became: VecDeque::new(),
        }
    }

    /// Its medium.
    pub fn medium(&self) -> Medium {
        self.pace.medium
    }

    /// Starts with the first packet due at this time. No packet was sent yet.
    pub fn begin(&mut self, first_due: Nanos) {
        self.begin = first_due;
        self.run.packets.due = first_due;
    }

    /// When the next packet is due.
    pub fn due(&self) -> Nanos {
        self.due_of(self.ring.next())
    }

    fn due_of(&self, number: u64) -> Nanos {
        self.begin.plus(Nanos(number * self.run.packets.interval.0))
    }

    /// Whether the next packet has to wait until the fates of others are known.
    pub fn is_full(&self) -> bool {
        self.ring.is_full()
    }

    /// Whether the fates of all packets are known.
    pub fn is_settled(&self) -> bool {
        self.ring.len() == 0
    }

    /// Writes the next packet of this call, in the payload type that the other side chose.
    pub fn write(&self, call: u32, format: u8, packet: &mut Vec<u8>) {
        let number = self.ring.next();
        // Sequence numbers and timestamps wrap around; each call has its own source.
        let header = RtpHeader {
            format,
            marked: self.pace.medium == Medium::Video,
            sequence: number as u16,
            timestamp: (number as u32).wrapping_mul(self.pace.samples),
            source: (self.label.mark as u32) ^ ((self.label.stream as u32) << 16) ^ call,
        };
        write(header, Label { number, ..self.label }, self.pace.length, packet);
    }

    /// The next packet was sent at this time; none if it was not, because no call was up. There must be room.
    pub fn push(&mut self, sent: Option<Nanos>) {
        self.ring.push(sent);
    }

    /// A packet has arrived. Returns whether it is the first with its number, and in time.
    pub fn hear(&mut self, label: Label, now: Nanos) -> bool {
        if (Label { number: 0, ..label }) != (Label { number: 0, ..self.label }) {
            return false;
        }
        let packets = &mut self.run.packets;
        match self.ring.answer(label.number, now) {
            Heard::InOrder => return true,
            Heard::OutOfOrder => {
                packets.out_of_order += 1;
                return true;
            }
            Heard::Again => packets.duplicates += 1,
            Heard::TooLate => packets.too_late += 1,
        }
        false
    }

    /// Records the fates that are known by now, and reports them in runs.
    pub fn settle(&mut self, now: Nanos, tell: &mut impl FnMut(MediaRun)) {
        while let Some((number, fate)) = self.ring.settle(now, self.patience) {
            let became = match fate {
                Fate::Sent(sent, took) => {
                    let late = sent.since(self.due_of(number));
                    self.run.packets.push(late, took);
                    took.map(|took| (late, took))
                }
                // A run has no gaps.
                Fate::NotSent => {
                    self.flush(number + 1, tell);
                    None
                }
            };
            if self.pace.medium == Medium::Voice {
                self.became.push_back(became);
            }
            if self.run.packets.len() >= self.pace.rate as usize {
                self.flush(number + 1, tell);
            }
        }
    }

    /// Reports all known fates at the end.
    pub fn end(&mut self, tell: &mut impl FnMut(MediaRun)) {
        self.flush(self.ring.next(), tell);
    }

    /// The number of the next packet.
    pub fn next(&self) -> u64 {
        self.ring.next()
    }

    /// Whether the fate of the next packet to be taken is known.
    pub fn next_known(&self) -> bool {
        !self.became.is_empty()
    }

    /// Takes the fate of that packet.
    pub fn take_known(&mut self) -> Became {
        self.became.pop_front().flatten()
    }

    /// Reports the known fates, and continues with the packet of this number.
    fn flush(&mut self, next: u64, tell: &mut impl FnMut(MediaRun)) {
        let due = self.due_of(next);
        if let Some(packets) = self.run.packets.take(next, due) {
            let MediaRun { line, way, medium, .. } = self.run;
            tell(MediaRun { line, way, medium, packets });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn video_is_as_fast_as_is_asked() {
        for (kbps, rate, length) in [(64, 10, 800), (384, 48, 1000), (1000, 125, 1000), (2000, 250, 1000)] {
            let pace = Pace::video(kbps);
            assert_eq!((pace.rate, pace.length), (rate, length), "{kbps}");
        }
    }
}
