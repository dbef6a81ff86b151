//! What a drill showed: pure functions from a record to figures, and from figures to text or JSON.
//!
//! [`analyse`] is the only place where a published number comes from. It goes over the record in this order: who held
//! the address (`holder`), which takeovers nothing in the drill explains (`alarms`), when the service was away and why
//! (`outages`, `causes`), what led to its return (`markers`, `stories`), how clients fared (`clients`, `writes`), and what to make of it all (`figures`, `verdict`).
//!
//! [`statistics`] says what several runs prove together.

mod alarms;
mod analyse;
mod analysis;
mod causes;
mod clients;
mod figures;
mod holder;
mod index;
mod invariants;
mod markers;
mod outages;
pub mod statistics;
mod stories;
mod tally;
mod text;
mod theory;
mod timeline;
mod verdict;
mod writes;

pub use analyse::analyse;
pub use analysis::{
    Analysis, Bound, Estimate, FalseTakeover, FigureRow, Outage, OutageLabel, Reason, Row, Seen, StepDone,
    Story, Subject, Verdict,
};
pub use markers::{Marker, MarkerKind, marker};
pub use tally::{
    Availability, ClientsSummary, DoubleHolder, HolderSegment, HolderSummary, InvariantResult, ResponseTimes,
    Timekeeping, Window, WritesSummary,
};
pub use text::text;

/// The analysis as JSON: the same figures, with all times in nanoseconds.
///
/// # Panics
/// If plain data could not be written as JSON.
pub fn json(analysis: &Analysis) -> serde_json::Value {
    serde_json::to_value(analysis).expect("plain data is always JSON")
}
