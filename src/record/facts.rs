//! What a node says of itself when a drill looks at it.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::Nanos;

/// When a node was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// Before the first step.
    Before,
    /// After the last one, when the lab had settled and the clients had ended.
    After,
}

/// What a node said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// All IPv4 addresses of its interfaces.
    pub addresses: Vec<Ipv4Addr>,
    /// The DRBD devices that are mounted: `/dev/drbd0`.
    pub mounted: Vec<String>,
    /// Lines of its kernel that tell of harm: an error of a disk or a file system, a program that crashed or
    /// was killed for want of memory. Those since its last boot.
    pub complaints: Vec<String>,
    /// The mount points that have no room left.
    pub full: Vec<String>,
    /// How far its clock is from the host's, and how far that may be wrong: the time between question and
    /// answer.
    pub clock: Deviation,
}

/// How far a clock is from another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deviation {
    /// The distance, in whichever direction.
    pub distance: Nanos,
    /// How far this may be wrong, both ways.
    pub error: Nanos,
}
