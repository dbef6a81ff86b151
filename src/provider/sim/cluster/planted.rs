//! Deliberate errors of a simulated cluster, which let a test verify that a report detects them.

use std::str::FromStr;

/// An error that occurs in each drill, without any fault that explains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Planted {
    /// For a second, two nodes answer for each virtual address.
    TwoHolders,
    /// The third write of each ledger is acknowledged and written nowhere.
    LostWrite,
    /// A standby declares a running holder dead, and takes over.
    FalseTakeover,
    /// The clients of the service stall for seconds, and send the overdue requests late.
    StalledProbe,
    /// The failure of a node is never detected.
    NoDetection,
    /// Each answer names another node of the cluster than the one that gives it.
    FalseName,
}

impl Planted {
    /// All of them, with their names.
    pub const ALL: [(&'static str, Self); 6] = [
        ("two-holders", Self::TwoHolders),
        ("lost-write", Self::LostWrite),
        ("false-takeover", Self::FalseTakeover),
        ("stalled-probe", Self::StalledProbe),
        ("no-detection", Self::NoDetection),
        ("false-name", Self::FalseName),
    ];
}

impl FromStr for Planted {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|(word, _)| *word == text).map(|(_, planted)| planted).ok_or(())
    }
}
