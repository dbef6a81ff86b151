//! The report of a sweep, from its records.

use std::path::Path;

use crate::cli::context::Context;
use crate::cli::drill::records;
use crate::cli::error::CliError;
use crate::cli::options::ReportFormat;
use crate::model::Millis;
use crate::record::{self, RECORD_FILE, ReadError, SweepRecord, SweptSetting, Verdict};
use crate::report::{self, MeasuredSetting};

/// Prints the report of a sweep, and gives its verdict.
///
/// # Errors
/// When its file cannot be read. A series or a soak that cannot be is told in its place.
pub fn report(
    context: &Context,
    path: &Path,
    format: ReportFormat,
    mtbf: Millis,
) -> Result<Verdict, CliError> {
    let sweep = record::read_sweep(path).map_err(|error| records::unreportable(path, error))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let measured: Vec<MeasuredSetting> =
        sweep.settings.iter().map(|setting| measured(folder, setting, mtbf)).collect();
    let report = report::sweep_report(&sweep, &measured);
    let ui = &context.ui;
    match format {
        ReportFormat::Text => ui.data(report::sweep_text(&report, ui.width()))?,
        ReportFormat::Json => ui.json(&report::json(&report))?,
        ReportFormat::Csv => ui.data(report::sweep_csv(&report))?,
        ReportFormat::Html => ui.data(report::sweep_html(&report).map_err(records::bad_page)?)?,
        ReportFormat::Junit => {
            return Err(CliError::usage("a sweep compares settings and has no test cases")
                .hint("the series of each setting has: `lab drill report SERIES --format junit`"));
        }
    }
    Ok(report.verdict)
}

fn measured(folder: &Path, setting: &SweptSetting, mtbf: Millis) -> MeasuredSetting {
    let runs = setting.series.as_ref().map(|name| {
        let (series, runs) = records::read_runs(&folder.join(name)).map_err(|error| error.to_string())?;
        Ok(report::series_report(&series, &runs, mtbf))
    });
    let soak = setting.soak.as_ref().map(|name| {
        let record = record::read(&folder.join(name).join(RECORD_FILE));
        record.map(|record| report::analyse(&record)).map_err(|error| error.to_string())
    });
    MeasuredSetting { runs, soak }
}

/// The folder of the last record that a sweep has to do with; none if it has none.
///
/// # Errors
/// When the sweep cannot be read.
pub fn last_record(path: &Path) -> Result<Option<String>, ReadError> {
    let SweepRecord { settings, .. } = record::read_sweep(path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let of = |setting: SweptSetting| {
        let series = setting.series.and_then(|name| record::read_series(&folder.join(name)).ok());
        setting.soak.max(series.and_then(|series| series.last_record))
    };
    Ok(settings.into_iter().filter_map(of).max())
}
