//! The durations of a write or read of a file in a node.

use serde::{Deserialize, Serialize};

use super::Nanos;

/// One repetition of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasuredRun {
    /// From the beginning until the last write or read returned, on the node's clock.
    pub returned: Nanos,
    /// Until all written data were flushed, on the node's clock; the same if nothing was written.
    pub ended: Nanos,
    /// From the beginning to the end as observed by the host, including the transport: no clock of a guest is
    /// involved.
    pub heard: Nanos,
    /// Whether DRBD then reported both disks as equal; none where there is no DRBD.
    pub in_sync: Option<bool>,
}
