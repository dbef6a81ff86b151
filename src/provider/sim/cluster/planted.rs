//! What a simulated cluster does wrong on purpose, so that a test can see whether a report catches it.

use std::str::FromStr;

/// Something that goes wrong in each drill, without any fault that explains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Planted {
    /// For a second, two nodes answer for each virtual address.
    TwoHolders,
    /// The third write of each ledger is acknowledged and written nowhere.
    LostWrite,
    /// A standby takes a holder that is on for dead, and takes over.
    FalseTakeover,
    /// The clients of the service stand still for seconds, and send what was due too late.
    StalledProbe,
    /// Nobody ever notices that a node is gone.
    NoDetection,
}

impl Planted {
    /// All of them, with their words.
    pub const ALL: [(&'static str, Self); 5] = [
        ("two-holders", Self::TwoHolders),
        ("lost-write", Self::LostWrite),
        ("false-takeover", Self::FalseTakeover),
        ("stalled-probe", Self::StalledProbe),
        ("no-detection", Self::NoDetection),
    ];
}

impl FromStr for Planted {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|(word, _)| *word == text).map(|(_, planted)| planted).ok_or(())
    }
}
