//! The figures of a stream over a period. Pure.

use serde::Serialize;

use super::e_model::{opinion, rating};
use crate::probe::call::{Medium, Way};
use crate::record::Nanos;

/// The age of a packet's audio when it is sent, in milliseconds.
const PACKETISATION: f64 = 20.0;

/// A packet that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// When it was due.
    pub due: Nanos,
    /// When it was sent.
    pub sent: Nanos,
    /// Its transmission time; `None` if it did not arrive.
    pub took: Option<Nanos>,
}

/// The parameters for evaluating a stream's packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judging {
    /// The direction.
    pub way: Way,
    /// The medium.
    pub medium: Medium,
    /// The shortest transmission time in the call.
    pub shortest: Nanos,
    /// The length of a phone's jitter buffer.
    pub buffer: Nanos,
}

/// The figures of a stream over a period.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Quality {
    /// Packets that were sent.
    pub sent: usize,
    /// How many of them did not arrive.
    pub lost: usize,
    /// How many arrived too late for the jitter buffer.
    pub late: usize,
    /// The mean transmission time, in milliseconds: one-way, or half of the round trip.
    pub delay_ms: f64,
    /// The jitter of RFC 3550 at the end, in milliseconds, without delays of the sender.
    pub jitter_ms: f64,
    /// The 99.9th percentile of the transmission time minus the shortest (RFC 5481), in milliseconds.
    pub variation_ms: f64,
    /// The rating R of the E-model, 0 to 100; `None` for video. It is 0 if no packet was audible.
    pub rating: Option<f64>,
    /// The MOS-CQE for this rating, 1 to 4.5.
    pub mos_cqe: Option<f64>,
}

impl Quality {
    /// Whether any packet arrived.
    pub fn came(&self) -> bool {
        self.lost < self.sent
    }

    /// The percentage of packets that were not audible.
    pub fn loss(&self) -> f64 {
        (self.lost + self.late) as f64 / self.sent.max(1) as f64 * 100.0
    }
}

/// The figures of consecutive packets. `jitter` continues from the preceding packets, in milliseconds.
pub fn quality(packets: &[Packet], judging: Judging, jitter: &mut Jitter) -> Quality {
    let deadline = judging.shortest.plus(judging.buffer);
    let mut took: Vec<Nanos> = packets.iter().filter_map(|packet| packet.took).collect();
    took.iter().for_each(|time| jitter.add(*time));
    let late = took.iter().filter(|took| **took > deadline).count();
    let total: f64 = took.iter().map(|took| millis(*took)).sum();
    let mut quality = Quality {
        sent: packets.len(),
        lost: packets.len() - took.len(),
        late,
        delay_ms: round(one_way(judging.way, total / took.len().max(1) as f64)),
        jitter_ms: round(jitter.value),
        ..Quality::default()
    };
    took.sort_unstable();
    if let (Some(first), Some(last)) = (took.first(), took.get((took.len() * 999).div_ceil(1000).max(1) - 1))
    {
        quality.variation_ms = round(millis(last.since(*first)));
    }
    if judging.medium == Medium::Voice && quality.sent > 0 {
        let delay = one_way(judging.way, millis(judging.shortest)) + PACKETISATION + millis(judging.buffer);
        let heard = quality.sent > quality.lost + quality.late;
        let value = if heard { rating(delay, quality.loss()) } else { 0.0 };
        quality.rating = Some(round(value));
        quality.mos_cqe = Some(round(opinion(value)));
    }
    quality
}

/// The jitter of RFC 3550, 6.4.1, updated packet by packet.
#[derive(Debug, Clone, Copy, Default)]
pub struct Jitter {
    value: f64,
    before: Option<Nanos>,
}

impl Jitter {
    /// Adds a packet with this transmission time.
    fn add(&mut self, took: Nanos) {
        let before = self.before.replace(took).unwrap_or(took);
        let change = millis(Nanos(took.0.abs_diff(before.0)));
        self.value += (change - self.value) / 16.0;
    }
}

/// Half of the round trip, including half of the exchange's own time.
fn one_way(way: Way, time: f64) -> f64 {
    match way {
        Way::There | Way::Back => time,
        Way::Around => time / 2.0,
    }
}

fn millis(span: Nanos) -> f64 {
    span.seconds() * 1000.0
}

/// Rounds to a thousandth: further digits are noise, and make reports hard to compare.
fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const JUDGING: Judging = Judging {
        way: Way::There,
        medium: Medium::Voice,
        shortest: Nanos::millis(10),
        buffer: Nanos::millis(60),
    };

    fn packets(took: &[Option<u64>]) -> Vec<Packet> {
        let packet = |(number, took): (u64, &Option<u64>)| {
            let due = Nanos::millis(20 * number);
            Packet { due, sent: due, took: took.map(Nanos::millis) }
        };
        (0..).zip(took).map(packet).collect()
    }

    #[test]
    fn a_voice_that_comes_evenly_loses_only_by_its_delay() {
        let quality = quality(&packets(&[Some(10); 50]), JUDGING, &mut Jitter::default());
        assert_eq!((quality.sent, quality.lost, quality.late), (50, 0, 0));
        assert_eq!((quality.delay_ms, quality.jitter_ms, quality.variation_ms), (10.0, 0.0, 0.0));
        // 93.2 - 0.024 * (10 + 20 + 60)
        assert_eq!((quality.rating, quality.mos_cqe), (Some(91.04), Some(4.364)));
    }

    #[test]
    fn what_comes_after_it_should_be_heard_is_as_good_as_lost() {
        let mut took = vec![Some(10); 100];
        (took[20], took[30]) = (Some(70), Some(71));
        took[40] = None;
        let found = quality(&packets(&took), JUDGING, &mut Jitter::default());
        assert_eq!((found.lost, found.late, found.loss()), (1, 1, 2.0));
        assert_eq!(found.variation_ms, 61.0);
        let clean = quality(&packets(&[Some(10); 100]), JUDGING, &mut Jitter::default());
        assert!(clean.rating.unwrap() - found.rating.unwrap() > 6.9, "{found:?}");
    }

    #[test]
    fn jitter_is_that_of_rfc_3550_and_goes_on_over_what_is_lost() {
        // Each takes 16 ms more or less than the one before: the estimate approaches 16, by a sixteenth of
        // the rest each time.
        let took: Vec<Option<u64>> = (0..10).map(|number| Some(10 + 16 * (number % 2))).collect();
        let mut jitter = Jitter::default();
        let found = quality(&packets(&took), JUDGING, &mut jitter);
        let expected = 16.0 * (1.0 - (15.0_f64 / 16.0).powi(9));
        assert!((found.jitter_ms - expected).abs() < 0.001, "{} {expected}", found.jitter_ms);
        let next = quality(&packets(&[None, Some(26), None]), JUDGING, &mut jitter);
        assert!((next.jitter_ms - expected * 15.0 / 16.0).abs() < 0.001, "the one before took 26 ms, too");
    }

    #[test]
    fn silence_has_no_quality() {
        let silent = quality(&packets(&[None; 50]), JUDGING, &mut Jitter::default());
        assert_eq!((silent.rating, silent.mos_cqe), (Some(0.0), Some(1.0)));
        let video = Judging { medium: Medium::Video, ..JUDGING };
        assert_eq!(quality(&packets(&[Some(10)]), video, &mut Jitter::default()).rating, None);
        assert_eq!(quality(&[], JUDGING, &mut Jitter::default()).rating, None);
    }

    #[test]
    fn of_what_goes_around_half_is_one_way() {
        let around = Judging { way: Way::Around, ..JUDGING };
        let quality = quality(&packets(&[Some(10); 50]), around, &mut Jitter::default());
        assert_eq!((quality.delay_ms, quality.rating), (5.0, Some(91.16)));
    }
}
