//! What a drill showed: pure functions from a record to figures, and from figures to text or JSON.
//!
//! [`analyse`] is the only place where a published number comes from. It goes over the record in this order: who held
//! the address (`holder`), which takeovers nothing in the drill explains (`alarms`), when the service was away and why
//! (`outages`, `causes`), what led to its return (`markers`, `stories`), how clients fared (`clients`, `writes`, `voice`), and what to make of it all (`figures`, `verdict`).
//!
//! Of a drill that was repeated, [`series_report`] sums the analyses up; [`statistics`] says what they prove together. [`sweep_report`] sets
//! such sums and the counts of soaks side by side, for each setting of a sweep.

mod alarms;
mod analyse;
mod analysis;
mod calibration;
mod causes;
mod clients;
mod compare;
mod csv;
mod diff;
mod fencing;
mod figures;
mod holder;
mod html;
mod index;
mod inspection;
mod invariants;
mod junit;
mod logins;
mod markers;
mod measures;
mod mirror;
mod outages;
mod probes;
mod ramps;
mod replicas;
mod series;
mod soak;
pub mod statistics;
mod stories;
mod sweep;
mod tally;
mod text;
mod theory;
mod timeline;
mod told;
mod verdict;
mod voice;
mod writes;

pub use crate::record::Verdict;
pub use analyse::analyse;
pub use analysis::{
    Analysis, Bound, Estimate, FalseTakeover, FigureRow, Outage, OutageLabel, Reason, Row, Seen, StepDone,
    Story, Subject,
};
pub use calibration::{CalibratedProbe, CalibrationReport, Reading, calibration, calibration_text};
pub use compare::{CapacityRow, Comparison, DrillRow, LoadRow, compare, compare_text};
pub use csv::{csv, series_csv};
pub use diff::{Change, Diff, FigureDiff, Group, ShiftSpan, Side, diff, diff_text};
pub use html::{PageError, html, series_html, sweep_html};
pub use junit::{junit, series_junit};
pub use logins::{Login, LoginsSummary};
pub use markers::{Marker, MarkerKind, marker};
pub use measures::{MeasureSummary, MeasuredRate};
pub use ramps::{RampStep, RampSummary};
pub use series::{
    FigureSpread, Harm, HarmKind, Percentile, Performed, QuantitySpread, RunRow, SeriesReport, SeriesSubject,
    Span, USUAL_MTBF, Unit, run_line, series_report, series_text,
};
pub use soak::SoakSummary;
pub use sweep::{
    MeasuredSetting, SoakRow, SweepReport, SweepRow, SweepSubject, sweep_csv, sweep_report, sweep_text,
};
pub use tally::{
    Availability, ClientsSummary, DoubleHolder, HolderSegment, HolderSummary, InvariantResult, Methods,
    PacketTally, ProbeOutage, ProbeSummary, ResponseTimes, Timekeeping, Window, WritesSummary,
};
pub use text::text;
pub use told::{ToldSummary, ToldTimes, ToldWhen};
pub use voice::{
    CallEnding, CallRow, CallsSummary, Classes, Judged, Quality, Second, Silence, StepCalls, StreamRow,
};

/// An analysis, or the report of a series, as JSON: the same figures, with all times in nanoseconds.
///
/// # Panics
/// If plain data could not be written as JSON.
pub fn json(report: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(report).expect("plain data is always JSON")
}
