//! `lab drill report`: the report of a record, a series, a sweep or a calibration, computed from the records
//! alone.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::calibration;
use super::records;
use super::sweep;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::model::{InstanceName, Millis};
use crate::record::{self, Verdict};
use crate::report::{self, USUAL_MTBF};

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReportFormat {
    /// For a terminal.
    #[default]
    Text,
    /// One JSON value.
    Json,
    /// JUnit XML.
    Junit,
    /// Comma-separated values.
    Csv,
    /// A page that needs no network.
    Html,
}

/// Asks for a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReadReport {
    /// A path, the name of a record, a series or a sweep, or a drill (its newest record). Default: the newest
    /// of all.
    #[serde(default)]
    pub record: Option<String>,
    /// The instance whose records are used. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
    /// The assumed time between two failures, for the availability of a series.
    #[serde(default = "usual_mtbf")]
    pub mtbf: Millis,
    /// The format.
    #[serde(default)]
    pub format: ReportFormat,
    /// The width of a text, in columns.
    #[serde(default = "usual_width")]
    pub width: usize,
}

fn usual_mtbf() -> Millis {
    USUAL_MTBF
}

fn usual_width() -> usize {
    100
}

impl ReadReport {
    /// The report of this record as text for a terminal.
    pub fn of(record: &Path) -> Self {
        let record = Some(record.display().to_string());
        Self { record, instance: None, mtbf: USUAL_MTBF, format: ReportFormat::Text, width: usual_width() }
    }
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// The verdict; of a series, of its worst run.
    pub verdict: Verdict,
    /// The report in the format that was asked for.
    pub text: String,
}

impl Request for ReadReport {
    type Outcome = Reported;
    const NAME: &'static str = "drill report";

    fn perform(&self, job: &Job) -> Result<Reported, AppError> {
        let path = records::chosen(job, self.record.as_deref(), self.instance.as_ref())?;
        if record::is_calibration(&path) {
            return calibration::report(&path, self.format, self.width);
        }
        if record::is_sweep(&path) {
            return self.sweep(&path);
        }
        if record::is_series(&path) {
            return self.series(&path);
        }
        let record = record::read(&path).map_err(|error| records::unreportable(&path, error))?;
        let analysis = report::analyse(&record);
        let text = match self.format {
            ReportFormat::Text => report::text(&analysis, self.width),
            ReportFormat::Json => pretty(&report::json(&analysis)),
            ReportFormat::Junit => report::junit(&analysis),
            ReportFormat::Csv => report::csv(&record),
            ReportFormat::Html => report::html(&record, &analysis).map_err(bad_page)?,
        };
        Ok(Reported { verdict: analysis.verdict, text })
    }
}

impl ReadReport {
    fn series(&self, path: &Path) -> Result<Reported, AppError> {
        let (series, runs) = records::series(path)?;
        let report = report::series_report(&series, &runs, self.mtbf);
        let text = match self.format {
            ReportFormat::Text => report::series_text(&report, self.width),
            ReportFormat::Json => pretty(&report::json(&report)),
            ReportFormat::Junit => report::series_junit(&report, &runs),
            ReportFormat::Csv => report::series_csv(&report),
            ReportFormat::Html => report::series_html(&report).map_err(bad_page)?,
        };
        Ok(Reported { verdict: report.verdict, text })
    }

    fn sweep(&self, path: &Path) -> Result<Reported, AppError> {
        let report = sweep::report(path, self.mtbf)?;
        let text = match self.format {
            ReportFormat::Text => report::sweep_text(&report, self.width),
            ReportFormat::Json => pretty(&report::json(&report)),
            ReportFormat::Csv => report::sweep_csv(&report),
            ReportFormat::Html => report::sweep_html(&report).map_err(bad_page)?,
            ReportFormat::Junit => {
                return Err(AppError::usage("a sweep compares settings and has no test cases")
                    .hint("the series of each setting has: `lab drill report SERIES --format junit`"));
            }
        };
        Ok(Reported { verdict: report.verdict, text })
    }
}

/// A value as JSON for people and programs.
pub fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}")
}

fn bad_page(error: report::PageError) -> AppError {
    AppError::failed("the report cannot be made").because(error)
}
