//! Whether what was counted is what a fault says: pure, so that each of these judgements can be seen to fail.

use std::ops::Sub;
use std::time::Duration;

use super::rules::burst;
use crate::model::Bytes;

/// Frames, and their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Frames {
    /// How many.
    pub packets: u64,
    /// All their bytes.
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

/// What a rule has counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// What it is about.
    pub seen: Frames,
    /// Of that, what it dropped.
    pub dropped: Frames,
}

impl Sub for Counted {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self { seen: self.seen - before.seen, dropped: self.dropped - before.dropped }
    }
}

/// How many standard deviations chance may put a share off: once in 15 000 times it is more.
const CHANCE: f64 = 4.0;

/// From how many frames a share can be told, in percent: neither none nor all of them could then be chance.
pub fn enough_frames(percent: u32) -> u64 {
    let part = f64::from(percent.clamp(1, 99)) / 100.0;
    let rare = part.min(1.0 - part);
    (CHANCE * CHANCE * (1.0 - rare) / rare).ceil() as u64 + 200
}

/// Whether so many frames of a hundred were dropped, give or take chance.
pub fn is_share(seen: u64, dropped: u64, percent: u32) -> bool {
    if seen < enough_frames(percent) {
        return false;
    }
    let (wanted, seen, dropped) = (f64::from(percent) / 100.0, seen as f64, dropped as f64);
    (dropped / seen - wanted).abs() <= CHANCE * (wanted * (1.0 - wanted) / seen).sqrt()
}

/// Whether a rate was kept for a time: something passed, something was too much, and no more passed than is allowed. At
/// once that is what the kernel saves up: the bytes of a second, and the burst.
pub fn is_limited(counted: Counted, limit: Bytes, time: Duration) -> bool {
    let passed = counted.seen - counted.dropped;
    let allowed = limit.0 as f64 * (time.as_secs_f64() + 1.0) + burst(limit) as f64;
    counted.dropped.packets > 0 && passed.packets > 0 && passed.bytes as f64 <= allowed
}

/// Whether a disk did about as many operations as it is allowed to, and hardly more; it saves up a tenth of a second.
pub fn is_throttled(done: u64, allowed: u32, time: Duration) -> bool {
    let wanted = f64::from(allowed) * time.as_secs_f64();
    let done = done as f64;
    done >= 1.0 && done >= wanted * 0.5 && done <= wanted * 1.25 + 2.0
}

/// How far a share of processor time may be off, in points of a hundred: the machine that measures is busy, too.
const SHARE_TOLERANCE: u32 = 15;

/// Whether a process that was seen running in so many of so many looks has that share of its time, in percent.
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

    #[test]
    fn a_share_of_a_processor_is_told_from_all_of_it() {
        assert!(is_starved(10, 100, 10) && is_starved(24, 100, 10) && is_starved(99, 100, 99));
        assert!(!is_starved(100, 100, 99) && !is_starved(30, 100, 10) && !is_starved(0, 100, 50));
    }
}
