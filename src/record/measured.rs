//! What it took a node to write or read a file.

use serde::{Deserialize, Serialize};

use super::Nanos;

/// One repeat of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasuredRun {
    /// From the beginning until the last write or read had returned, on the node's clock.
    pub returned: Nanos,
    /// Until all that was written was flushed, on the node's clock; the same when nothing was written.
    pub ended: Nanos,
    /// From the beginning to the end as it was heard from outside, so with the way here: no clock of a guest
    /// is in it.
    pub heard: Nanos,
    /// Whether DRBD then said that both disks hold the same; none where there is no DRBD.
    pub in_sync: Option<bool>,
}
