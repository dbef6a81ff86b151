//! The parts of a report that only loads of one kind have. Each kind with facts of its own has a module of
//! the report, and a row here; no other part of the report names it.

use serde::ser::{SerializeMap, Serializer};

use super::analysis::StepDone;
use super::causes;
use super::document::Section;
use super::index::{Index, packets};
use super::series::Quantity;
use super::{logins, page_timings, voice};
use crate::model::LoadName;
use crate::record::{Nanos, Record};

/// The report on one kind; none if the drill has no load of it.
type Row = fn(&Index<'_>, &[StepDone]) -> Option<OwnReport>;

/// All kinds with facts of their own, in the order of the report.
const ROWS: [Row; 3] = [page_timings::report, voice::report, logins::report];

/// The report on the loads of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnReport {
    /// The key of its figures in JSON.
    pub key: &'static str,
    /// All its figures.
    pub figures: serde_json::Value,
    /// Its sentences and tables.
    pub(super) sections: Vec<Section>,
    /// The quantities by which runs of a series are compared.
    pub(super) quantities: Vec<Quantity>,
    /// Its lanes below the others of a timeline.
    pub(super) lanes: Vec<OwnLane>,
    /// The meaning of the lanes' colours.
    pub(super) legend: Option<&'static str>,
    /// The name of the samples of these loads, if they are not requests.
    pub(super) samples: Vec<(LoadName, &'static str)>,
}

/// A lane of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnLane {
    pub name: String,
    pub spans: Vec<OwnSpan>,
}

/// A span of one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSpan {
    pub from: Nanos,
    pub to: Nanos,
    /// How good it is: `good`, `starting` for fair, or `bad`.
    pub class: &'static str,
    pub label: &'static str,
}

impl OwnReport {
    /// A report with figures only.
    ///
    /// # Panics
    /// If plain data could not be written as JSON.
    pub(super) fn new(key: &'static str, figures: &impl serde::Serialize) -> Self {
        Self {
            key,
            figures: serde_json::to_value(figures).expect("plain data is always JSON"),
            sections: Vec::new(),
            quantities: Vec::new(),
            lanes: Vec::new(),
            legend: None,
            samples: Vec::new(),
        }
    }
}

/// The reports on all kinds that the drill has loads of.
pub fn reports(index: &Index<'_>, steps: &[StepDone]) -> Vec<OwnReport> {
    ROWS.iter().filter_map(|row| row(index, steps)).collect()
}

/// The figures of all kinds as fields, each below its key.
///
/// # Errors
/// When they cannot be written.
pub fn fields<S: Serializer>(reports: &[OwnReport], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(reports.len()))?;
    for report in reports {
        map.serialize_entry(report.key, &report.figures)?;
    }
    map.end()
}

/// What a kind's module makes of a record.
pub fn of<T>(record: &Record, make: impl FnOnce(&Index<'_>, &[StepDone]) -> T) -> T {
    let packets = packets(record);
    let index = Index::new(record, &packets);
    make(&index, &causes::steps(&index))
}
