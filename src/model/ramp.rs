//! Capacity: requests at a rate that rises until the lab no longer keeps up.

use serde::{Deserialize, Serialize};

use super::Millis;
use super::drill::Load;

/// The percentage of requests that must be answered correctly and in time for a rate to count as kept up
/// with.
pub const KEPT_UP: usize = 99;

/// A load with a stepwise rising rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ramp {
    /// The load. Its rate is that of the first step.
    pub load: Load,
    /// The increase of each step, in requests per second, at least 1.
    pub by: u32,
    /// The rate of the last step, in requests per second, if the lab keeps up until then.
    pub to: u32,
    /// The length of each step.
    pub every: Millis,
}

impl Ramp {
    /// The rates of its steps, in requests per second.
    pub fn rates(&self) -> impl Iterator<Item = u32> + use<> {
        (self.load.rate..=self.to).step_by(self.by.max(1) as usize)
    }
}

/// Whether a lab keeps up, given the number of requests answered correctly and in time.
pub fn keeps_up(answered: usize, offered: usize) -> bool {
    offered > 0 && answered * 100 >= offered * KEPT_UP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_hundred_may_fail() {
        assert!(keeps_up(100, 100) && keeps_up(99, 100) && keeps_up(1, 1));
        assert!(!keeps_up(98, 100) && !keeps_up(49, 50) && !keeps_up(0, 0));
    }
}
