//! Random choices of the model. The saved state makes them reproducible.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The generator SplitMix64, whose state is one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Dice(pub u64);

impl Dice {
    /// A number below `limit`; 0 if that is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        mixed.checked_rem(limit).unwrap_or(0)
    }

    /// A duration up to this length.
    pub fn up_to(&mut self, span: Duration) -> Duration {
        Duration::from_nanos(self.below(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)))
    }

    /// About this duration: 0.8 to 1.2 times its length.
    pub fn about(&mut self, span: Duration) -> Duration {
        span * 4 / 5 + self.up_to(span * 2 / 5)
    }
}
