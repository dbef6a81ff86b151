//! What a calibration leaves: outages of known length, and what probes told meanwhile.

use super::{Event, Nanos};
use crate::model::drill::Load;

/// What was planted, and what the probes saw.
#[derive(Debug, Clone)]
pub struct Calibration {
    /// The probes.
    pub probes: Vec<Load>,
    /// The outages that were made, in order.
    pub planted: Vec<Planted>,
    /// What the probes told.
    pub events: Vec<Event>,
}

/// An outage that was made on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Planted {
    /// Its beginning.
    pub from: Nanos,
    /// Its end.
    pub to: Nanos,
    /// It began and ended no later than this after those times, both added up.
    pub uncertainty: Nanos,
}
