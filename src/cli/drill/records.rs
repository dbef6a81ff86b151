//! Records, series and sweeps of drills: finding one, and its report.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::calibrations::report_calibration;
use super::sweep;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::ReportFormat;
use crate::cli::ui::Format;
use crate::model::{DrillName, InstanceName, Millis};
use crate::record::{self, RECORD_FILE, Series, Verdict};
use crate::report::{self, Analysis, Performed};

/// The record, series or sweep that is meant: a path, the name of a record's folder or of such a file, the newest of a drill, or
/// the newest of all.
///
/// # Errors
/// When there is none.
pub fn chosen(
    context: &Context,
    wanted: Option<&str>,
    instance: Option<&InstanceName>,
) -> Result<PathBuf, CliError> {
    if let Some(path) = wanted.map(Path::new).filter(|path| path.exists()) {
        return Ok(if path.is_dir() { path.join(RECORD_FILE) } else { path.to_owned() });
    }
    let name = owner(context, instance)?;
    let records = context.state.records(&name);
    if let Some(wanted) = wanted {
        let named = [
            records.join(wanted).join(RECORD_FILE),
            record::series_file(&records, wanted),
            record::sweep_file(&records, wanted),
        ];
        if let Some(found) = named.into_iter().find(|path| path.is_file()) {
            return Ok(found);
        }
    }
    let drill = wanted.and_then(|name| name.parse::<DrillName>().ok());
    let found = match (&drill, wanted) {
        (None, Some(_)) => None,
        _ => newest(&records, drill.as_ref())?,
    };
    found.ok_or_else(|| {
        let what = wanted.map_or_else(|| "record".to_owned(), |wanted| format!("record `{wanted}`"));
        CliError::not_found(format!("`{name}` has no {what}")).hint("`lab drill run` makes one")
    })
}

/// The newest record, of a drill if one is given, or the sweep or series that it belongs to.
///
/// # Errors
/// When the records cannot be listed.
pub fn newest(records: &Path, drill: Option<&DrillName>) -> Result<Option<PathBuf>, CliError> {
    let unreadable = |error| CliError::failed("the records cannot be listed").because(error);
    let record = record::latest(records, drill).map_err(unreadable)?;
    let series = record::latest_series(records, drill).map_err(unreadable)?;
    let sweep = record::latest_sweep(records, drill).map_err(unreadable)?;
    let Some(record) = record else { return Ok(None) };
    let folder = record.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    // A file that cannot be read must not hide a record that can.
    let of_series = |path: &PathBuf| record::read_series(path).ok().and_then(|series| series.last_record);
    let of_sweep = |path: &PathBuf| sweep::last_record(path).ok().flatten();
    let newer = |last: Option<String>| last.is_some_and(|last| last >= folder);
    let sweep = sweep.filter(|path| newer(of_sweep(path)));
    let series = series.filter(|path| newer(of_series(path)));
    Ok(Some(sweep.or(series).unwrap_or(record)))
}

/// The instance whose records are meant. Records outlive their instance, so it need not stand.
///
/// # Errors
/// When there are several, or none.
pub fn owner(context: &Context, instance: Option<&InstanceName>) -> Result<InstanceName, CliError> {
    if let Some(name) = instance {
        return Ok(name.clone());
    }
    if let [only] = context.instances()?.as_slice() {
        return Ok(only.clone());
    }
    let root = context.state.records_root();
    let entries = fs_err::read_dir(root).into_iter().flatten().filter_map(Result::ok);
    let names: Vec<InstanceName> =
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    match names.as_slice() {
        [only] => Ok(only.clone()),
        _ => context.choose(None),
    }
}

/// The figures of a record.
///
/// # Errors
/// When it cannot be read.
pub fn analysis(path: &Path) -> Result<Analysis, CliError> {
    let record = record::read(path).map_err(|error| unreportable(path, error))?;
    Ok(report::analyse(&record))
}

/// The newest record of each drill of an instance, soaks aside: the instance, the record's name, and its figures.
///
/// # Errors
/// When there is none, or one cannot be read.
pub fn newest_of_each(
    context: &Context,
    name: &InstanceName,
) -> Result<Vec<(InstanceName, String, Analysis)>, CliError> {
    let records = context.state.records(name);
    let files = record::list(&records)
        .map_err(|error| CliError::failed("the records cannot be listed").because(error))?;
    let mut newest: BTreeMap<DrillName, &PathBuf> = BTreeMap::new();
    for file in &files {
        // One that another program wrote, or one that was killed at once, is none of these.
        let Ok(header) = record::read_header(file) else { continue };
        // Nor is one of a sweep, whose settings are not this instance's.
        if header.drill.soak.is_none() && header.instance == *name {
            newest.insert(header.drill.name, file);
        }
    }
    if newest.is_empty() {
        let hint = "`lab drill run` makes one, and `lab df` shows whose there are";
        return Err(CliError::not_found(format!("`{name}` has no record of a drill")).hint(hint));
    }
    let read = |file: &&PathBuf| {
        let folder = file.parent().and_then(Path::file_name).unwrap_or_default();
        Ok((name.clone(), folder.to_string_lossy().into_owned(), analysis(file)?))
    };
    newest.values().map(read).collect()
}

/// A series with the figures of each of its runs.
///
/// # Errors
/// When the series cannot be read. A record that cannot be is an error in its place.
pub fn series(path: &Path) -> Result<(Series, Vec<Performed>), CliError> {
    read_runs(path).map_err(|error| unreportable(path, error))
}

/// The same.
///
/// # Errors
/// The same, as reading has them.
pub fn read_runs(path: &Path) -> Result<(Series, Vec<Performed>), record::ReadError> {
    let series = record::read_series(path)?;
    let records = path.parent().unwrap_or(Path::new(""));
    let of = |run: &record::SeriesRun| {
        let path = records.join(&run.record).join(RECORD_FILE);
        record::read(&path).map(|record| report::analyse(&record)).map_err(|error| error.to_string())
    };
    let runs = series.runs.iter().map(of).collect();
    Ok((series, runs))
}

/// What cannot be read cannot be reported.
pub fn unreportable(path: &Path, error: record::ReadError) -> CliError {
    CliError::failed(format!("{} is not a record that can be reported", path.display())).because(error)
}

/// Prints the report of a record, a series or a sweep, and says with which status its verdict ends the command.
///
/// # Errors
/// When it cannot be read.
pub fn report(context: &Context, path: &Path, format: ReportFormat, mtbf: Millis) -> Result<Exit, CliError> {
    if record::is_calibration(path) {
        let format = match format {
            ReportFormat::Text => Format::Text,
            ReportFormat::Json => Format::Json,
            ReportFormat::Junit | ReportFormat::Csv | ReportFormat::Html => {
                return Err(CliError::usage("a calibration is a table as text or JSON"));
            }
        };
        return report_calibration(context, path, format);
    }
    if record::is_sweep(path) {
        return Ok(exit(sweep::report(context, path, format, mtbf)?));
    }
    if record::is_series(path) {
        return report_series(context, path, format, mtbf);
    }
    let record = record::read(path).map_err(|error| unreportable(path, error))?;
    let analysis = report::analyse(&record);
    let ui = &context.ui;
    match format {
        ReportFormat::Text => ui.data(report::text(&analysis, ui.width()))?,
        ReportFormat::Json => ui.json(&report::json(&analysis))?,
        ReportFormat::Junit => ui.data(report::junit(&analysis))?,
        ReportFormat::Csv => ui.data(report::csv(&record))?,
        ReportFormat::Html => ui.data(report::html(&record, &analysis).map_err(bad_page)?)?,
    }
    Ok(exit(analysis.verdict))
}

fn report_series(
    context: &Context,
    path: &Path,
    format: ReportFormat,
    mtbf: Millis,
) -> Result<Exit, CliError> {
    let (series, runs) = series(path)?;
    let report = report::series_report(&series, &runs, mtbf);
    let ui = &context.ui;
    match format {
        ReportFormat::Text => ui.data(report::series_text(&report, ui.width()))?,
        ReportFormat::Json => ui.json(&report::json(&report))?,
        ReportFormat::Junit => ui.data(report::series_junit(&report, &runs))?,
        ReportFormat::Csv => ui.data(report::series_csv(&report))?,
        ReportFormat::Html => ui.data(report::series_html(&report).map_err(bad_page)?)?,
    }
    Ok(exit(report.verdict))
}

/// A page of ours is wrong.
pub fn bad_page(error: report::PageError) -> CliError {
    CliError::failed("the report cannot be made").because(error)
}

/// How a verdict ends a command.
pub fn exit(verdict: Verdict) -> Exit {
    match verdict {
        Verdict::Pass => Exit::OK,
        Verdict::Fail => Exit::DRILL_FAILED,
        Verdict::Inconclusive => Exit::DRILL_INCONCLUSIVE,
        Verdict::Error => Exit::FAILED,
    }
}
