//! How much a lab can serve: requests at a rate that rises until it does not keep up.

use serde::{Deserialize, Serialize};

use super::Millis;
use super::drill::Load;

/// So many of a hundred requests must be answered well and in time at a rate that the lab keeps up with.
pub const KEPT_UP: usize = 99;

/// A load whose rate rises step by step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ramp {
    /// What is asked. Its rate is that of the first step.
    pub load: Load,
    /// By how many requests a second the rate rises with each step, at least 1.
    pub by: u32,
    /// The rate of the last step, in requests a second, if the lab keeps up until then.
    pub to: u32,
    /// How long each step is.
    pub every: Millis,
}

impl Ramp {
    /// The rates of its steps, in requests a second.
    pub fn rates(&self) -> impl Iterator<Item = u32> + use<> {
        (self.load.rate..=self.to).step_by(self.by.max(1) as usize)
    }
}

/// Whether a lab keeps up that answered so many requests well and in time.
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
