//! The facts that a node reports when it is inspected.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::Nanos;

/// The moment of an inspection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// Before the first step.
    Before,
    /// After the last one, once the lab had settled and the clients had ended.
    After,
}

/// The facts of an inspection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// All IPv4 addresses of its interfaces.
    pub addresses: Vec<Ipv4Addr>,
    /// The DRBD devices that are mounted: `/dev/drbd0`.
    pub mounted: Vec<String>,
    /// Kernel messages that report damage since the last boot: an error of a disk or a file system, a program
    /// that crashed or was killed for lack of memory.
    pub complaints: Vec<String>,
    /// The mount points of full file systems.
    pub full: Vec<String>,
    /// The offset of its clock from the host's. The uncertainty is the time between query and answer.
    pub clock: Deviation,
}

/// The offset between two clocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deviation {
    /// The absolute offset.
    pub distance: Nanos,
    /// Its uncertainty in both directions.
    pub error: Nanos,
}
