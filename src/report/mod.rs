//! Reports: pure functions from a record to figures, and from figures to text, pages or JSON.
//!
//! [`analyse`] is the only source of published numbers. It evaluates the record in this order: the holders of
//! the address (`holder`), takeovers that no fault explains (`false_takeovers`), outages and their causes
//! (`outages`, `causes`), the events that led to recovery (`log_events`, `timelines`), the results of clients
//! (`clients`, `writes`), facts that only loads of certain kinds report (`own`), and the verdict (`figures`,
//! `invariants`, `verdict`), and whose word that is (`answerers`, `grading`).
//!
//! [`series_report`] combines the analyses of a repeated drill; [`statistics`] determines what they prove.
//! [`sweep_report`] compares these results, and the counts of soaks, for each setting of a sweep.
//!
//! The contents of a report are built once as a `document` (`sections`, `series::sections`,
//! `sweep::sections`), with the terms of `terms`; `text` and `html` format it. JSON is the serialised
//! analysis.

mod analyse;
mod analysis;
mod answerers;
mod calibration;
mod causes;
mod client_steps;
mod clients;
mod compare;
mod counts;
mod csv;
mod diff;
mod document;
mod false_takeovers;
mod fencing;
mod figures;
mod grading;
mod holder;
mod html;
mod index;
mod inspection;
mod invariants;
mod junit;
pub(crate) mod log_events;
pub mod logins;
mod measures;
mod mirror;
mod numbers;
mod outages;
mod own;
pub mod page_timings;
mod probes;
mod ramps;
mod replicas;
mod sections;
mod series;
mod soak;
pub mod statistics;
mod step_done;
mod sweep;
mod terms;
mod text;
mod theory;
mod timelines;
mod verdict;
pub mod voice;
mod writes;

pub use crate::record::Verdict;
pub use analyse::analyse;
pub use analysis::{
    Analysis, Bound, Estimate, FalseName, FalseTakeover, FigureRow, Grading, Outage, OutageLabel,
    PhaseOrigins, Phases, Reason, Row, StepDone, Subject, Timeline,
};
pub use calibration::{CalibratedProbe, CalibrationReport, Reading, calibration, calibration_text};
pub use compare::{CapacityRow, Comparison, DrillRow, LoadRow, compare, compare_text};
pub use counts::{
    Availability, ClientsSummary, DoubleHolder, HolderSegment, HolderSummary, InvariantResult, Methods,
    PacketTally, ProbeOutage, ProbeSummary, ResponseTimes, Timekeeping, Window, WritesSummary,
};
pub use csv::{csv, series_csv};
pub use diff::{Change, Diff, FigureDiff, Group, ShiftSpan, Side, diff, diff_text};
pub use html::{PageError, html, series_html, sweep_html};
pub use junit::{junit, series_junit};
pub use log_events::{LogEvent, LogEventKind};
pub use measures::{MeasureSummary, MeasuredRate};
pub use own::OwnReport;
pub use ramps::{RampStep, RampSummary};
pub use series::{
    FigureSpread, Harm, HarmKind, Percentile, Performed, QuantitySpread, RunRow, SeriesReport, SeriesSubject,
    Span, USUAL_MTBF, Unit, run_line, series_report,
};
pub use soak::SoakSummary;
pub use sweep::{MeasuredSetting, SoakRow, SweepReport, SweepRow, SweepSubject, sweep_csv, sweep_report};
pub use text::{series_text, sweep_text, text};

/// The version of reports as JSON. It changes when programs that read it have to be adapted.
pub const JSON_VERSION: u32 = 1;

/// A report as JSON: the same figures, with all times in nanoseconds. An object begins with its `version`,
/// [`JSON_VERSION`].
///
/// # Panics
/// If plain data could not be written as JSON.
pub fn json(report: &impl serde::Serialize) -> serde_json::Value {
    match serde_json::to_value(report).expect("plain data is always JSON") {
        serde_json::Value::Object(mut fields) => {
            fields.shift_insert(0, "version".to_owned(), JSON_VERSION.into());
            serde_json::Value::Object(fields)
        }
        other => other,
    }
}
