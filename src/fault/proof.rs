//! Compares measured counts with those that a fault predicts. Pure, so that tests can show that each
//! comparison can fail.

use std::ops::Sub;
use std::time::Duration;

use super::rules::burst;
use crate::model::{Bytes, Millis};

/// Frames and their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Frames {
    /// The number of frames.
    pub packets: u64,
    /// The total of their bytes.
    pub bytes: u64,
}

impl Frames {
    pub(super) fn read(counter: &serde_json::Value) -> Option<Self> {
        Some(Self { packets: counter["packets"].as_u64()?, bytes: counter["bytes"].as_u64()? })
    }
}

impl Sub for Frames {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            packets: self.packets.saturating_sub(before.packets),
            bytes: self.bytes.saturating_sub(before.bytes),
        }
    }
}

/// The counters of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// The matched frames.
    pub seen: Frames,
    /// The dropped frames among them.
    pub dropped: Frames,
}

impl Sub for Counted {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self { seen: self.seen - before.seen, dropped: self.dropped - before.dropped }
    }
}

/// The tolerated random deviation of a share, in standard deviations: it is exceeded once in 15 000 times.
const CHANCE: f64 = 4.0;

/// The number of frames needed to verify a percentage, so that neither none nor all of them could be chance.
pub fn enough_frames(percent: u32) -> u64 {
    let part = f64::from(percent.clamp(1, 99)) / 100.0;
    let rare = part.min(1.0 - part);
    (CHANCE * CHANCE * (1.0 - rare) / rare).ceil() as u64 + 200
}

/// Whether the dropped share is `percent`, within random deviation.
pub fn is_share(seen: u64, dropped: u64, percent: u32) -> bool {
    if seen < enough_frames(percent) {
        return false;
    }
    let (wanted, seen, dropped) = (f64::from(percent) / 100.0, seen as f64, dropped as f64);
    (dropped / seen - wanted).abs() <= CHANCE * (wanted * (1.0 - wanted) / seen).sqrt()
}

/// Whether a rate limit was in force for a time: some frames passed, some were dropped, and no more passed
/// than allowed. The kernel's allowance in advance is the bytes of a second and the burst.
pub fn is_limited(counted: Counted, limit: Bytes, time: Duration) -> bool {
    let passed = counted.seen - counted.dropped;
    let allowed = limit.0 as f64 * (time.as_secs_f64() + 1.0) + burst(limit) as f64;
    counted.dropped.packets > 0 && passed.packets > 0 && passed.bytes as f64 <= allowed
}

/// Whether a disk performed about the allowed operations and hardly more. The allowance in advance is a tenth
/// of a second.
pub fn is_throttled(done: u64, allowed: u32, time: Duration) -> bool {
    let wanted = f64::from(allowed) * time.as_secs_f64();
    let done = done as f64;
    done >= 1.0 && done >= wanted * 0.5 && done <= wanted * 1.25 + 2.0
}

/// The reply to a ping, in order of arrival.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Echo {
    /// Its sequence number.
    pub number: u32,
    /// Its round-trip time, in milliseconds.
    pub took: f64,
}

/// How many milliseconds early a frame may be, because queues use coarse clocks.
const EARLY: f64 = 1.0;

/// Whether all replies were delayed by the latency, within the variation, and enough replies came to exclude
/// chance. With a variation as large as the latency some may be undelayed, but the average must be at least
/// half of it.
pub fn is_delayed(echoes: &[Echo], sent: u32, latency: Millis, variation: Millis) -> bool {
    let least = latency.0.saturating_sub(variation.0) as f64 - EARLY;
    let mean = echoes.iter().map(|echo| echo.took).sum::<f64>() / echoes.len() as f64;
    2 * echoes.len() >= sent as usize
        && mean >= latency.0 as f64 / 2.0
        && echoes.iter().all(|echo| echo.took >= least)
}

/// The number of undelayed replies: they took much less time than delayed ones.
pub fn at_once(echoes: &[Echo], latency: Millis) -> u64 {
    let quick = |echo: &&Echo| echo.took < latency.0 as f64 * QUICK;
    echoes.iter().filter(quick).count() as u64
}

/// The largest share of the latency that an undelayed reply may take, because the replying machine may be
/// busy.
const QUICK: f64 = 0.6;

/// The number of replies that arrived before the reply to an earlier ping.
pub fn overtook(echoes: &[Echo]) -> usize {
    echoes.windows(2).filter(|pair| pair[0].number > pair[1].number).count()
}

/// The tolerated deviation of the overtaking share beyond chance, in percentage points: some undelayed
/// replies wait for a busy machine.
const OVERTAKING_TOLERANCE: f64 = 5.0;

/// Whether `percent` of the replies were undelayed and overtook others.
pub fn is_reordered(echoes: &[Echo], percent: u32, latency: Millis) -> bool {
    let (quick, all) = (at_once(echoes, latency), echoes.len() as u64);
    let off = (100.0 * quick as f64 / all.max(1) as f64 - f64::from(percent)).abs();
    let share =
        is_share(all, quick, percent) || (all >= enough_frames(percent) && off <= OVERTAKING_TOLERANCE);
    share && quick > 0 && quick < all && overtook(echoes) > 0
}

/// The tolerated deviation of a processor share, in percentage points: the measuring machine is busy, too.
const SHARE_TOLERANCE: u32 = 15;

/// Whether a process seen running in `running` of `looks` samples has that share of its time, in percent.
pub fn is_starved(running: u32, looks: u32, share: u32) -> bool {
    running < looks && (100 * running / looks.max(1)).abs_diff(share) <= SHARE_TOLERANCE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_neither_all_nor_nothing() {
        assert!(is_share(1000, 200, 20) && is_share(1000, 170, 20) && is_share(1000, 240, 20));
        assert!(!is_share(1000, 0, 20) && !is_share(1000, 1000, 20) && !is_share(1000, 300, 20));
        assert!(!is_share(199, 40, 20), "too few to tell");
        for percent in 1..=99 {
            let enough = enough_frames(percent);
            assert!(!is_share(enough, 0, percent) && !is_share(enough, enough, percent), "{percent}");
            assert!(is_share(enough, enough * u64::from(percent) / 100, percent), "{percent}");
        }
    }

    #[test]
    fn a_rate_is_kept_only_if_something_was_too_much() {
        let frames = |bytes: u64| Frames { packets: bytes.div_ceil(1000), bytes };
        let limited = |seen, dropped, millis| {
            let counted = Counted { seen: frames(seen), dropped: frames(dropped) };
            is_limited(counted, Bytes(1_000_000), Duration::from_millis(millis))
        };
        assert!(limited(2_000_000, 900_000, 0), "what was saved up passes at once");
        assert!(!limited(2_000_000, 0, 2000), "nothing was dropped");
        assert!(!limited(2_000_000, 2_000_000, 1000), "nothing passed");
        assert!(!limited(9_000_000, 1_000_000, 1000), "far more passed than is allowed");
    }

    #[test]
    fn a_disk_is_slow_and_not_dead() {
        let slow = |done| is_throttled(done, 20, Duration::from_secs(2));
        assert!(slow(40) && slow(21) && slow(51));
        assert!(!slow(0) && !slow(19) && !slow(53) && !slow(4000));
    }

    fn echoes(took: impl IntoIterator<Item = f64>) -> Vec<Echo> {
        (0..).zip(took).map(|(number, took)| Echo { number, took }).collect()
    }

    #[test]
    fn a_delay_holds_all_up() {
        let delayed = |took: &[f64]| is_delayed(&echoes(took.iter().copied()), 6, Millis(50), Millis(10));
        assert!(delayed(&[41.0, 58.3, 71.0, 50.0, 300.0]), "more is the machine's own");
        assert!(!delayed(&[41.0, 58.3, 2.1, 50.0]), "one was not held up");
        assert!(!delayed(&[0.4, 0.5, 0.4, 0.4, 0.5, 0.4]) && !delayed(&[]));
        assert!(!delayed(&[50.0, 50.0]), "too few came");
        let varied = |took: &[f64]| is_delayed(&echoes(took.iter().copied()), 6, Millis(50), Millis(50));
        assert!(varied(&[2.0, 99.0, 40.0, 61.0, 12.0, 80.0]));
        assert!(!varied(&[0.4; 6]), "none was held up");
    }

    #[test]
    fn what_overtakes_is_a_share_and_comes_before_others() {
        // Every fifth is undelayed and overtakes the four sent before it.
        let order = |held: f64, at_once: f64| -> Vec<Echo> {
            let five = |group: u32| {
                let quick = Echo { number: 5 * group + 4, took: at_once };
                std::iter::once(quick).chain((0..4).map(move |n| Echo { number: 5 * group + n, took: held }))
            };
            (0..100).flat_map(five).collect()
        };
        let reordered = |echoes: &[Echo], percent| is_reordered(echoes, percent, Millis(20));
        assert!(reordered(&order(21.0, 1.0), 20));
        assert_eq!((at_once(&order(21.0, 1.0), Millis(20)), overtook(&order(21.0, 1.0))), (100, 100));
        assert!(!reordered(&order(21.0, 1.0), 60), "another share");
        assert!(!reordered(&order(1.0, 1.0), 20), "none is held up");
        assert!(!reordered(&order(21.0, 21.0), 20), "all are");
        assert!(
            !reordered(&echoes((0..500).map(|n| if n % 5 == 0 { 1.0 } else { 21.0 })), 20),
            "none overtakes"
        );
        assert!(!reordered(&order(21.0, 1.0)[..100], 20), "too few to tell");
    }

    #[test]
    fn a_share_of_a_processor_is_told_from_all_of_it() {
        assert!(is_starved(10, 100, 10) && is_starved(24, 100, 10) && is_starved(99, 100, 99));
        assert!(!is_starved(100, 100, 99) && !is_starved(30, 100, 10) && !is_starved(0, 100, 50));
    }
}
