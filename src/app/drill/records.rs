//! Records, series and sweeps of drills: finds and reads them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::sweep;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::model::{DrillName, InstanceName};
use crate::record::{self, RECORD_FILE, Series};
use crate::report::{self, Analysis, Performed};

/// The record, series or sweep of this name: a path, the name of a record's folder or of such a file, the
/// newest of a drill, or the newest of all.
///
/// # Errors
/// When there is none.
pub fn chosen(job: &Job, wanted: Option<&str>, instance: Option<&InstanceName>) -> Result<PathBuf, AppError> {
    if let Some(path) = wanted.map(Path::new).filter(|path| path.exists()) {
        return Ok(if path.is_dir() { path.join(RECORD_FILE) } else { path.to_owned() });
    }
    if let Some(path) = wanted.filter(|wanted| wanted.contains('/')) {
        return Err(AppError::not_found(format!("there is no file or folder `{path}`"))
            .hint("name the file of a record, its name, or a drill"));
    }
    let name = owner(job, instance)?;
    let records = job.state.records(&name);
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
        AppError::not_found(format!("`{name}` has no {what}")).hint("`lab drill run` makes one")
    })
}

/// The newest record, of a drill if one is given, or the sweep or series that it belongs to.
///
/// # Errors
/// When the records cannot be listed.
pub fn newest(records: &Path, drill: Option<&DrillName>) -> Result<Option<PathBuf>, AppError> {
    let unreadable = |error| AppError::failed("the records cannot be listed").because(error);
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

/// The instance whose records are meant. Records outlive their instance, so it need not exist.
///
/// # Errors
/// When there are several, or none.
pub fn owner(job: &Job, instance: Option<&InstanceName>) -> Result<InstanceName, AppError> {
    if let Some(name) = instance {
        return Ok(name.clone());
    }
    if let [only] = job.instances()?.as_slice() {
        return Ok(only.clone());
    }
    let root = job.state.records_root();
    let entries = fs_err::read_dir(root).into_iter().flatten().filter_map(Result::ok);
    let names: Vec<InstanceName> =
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    match names.as_slice() {
        [only] => Ok(only.clone()),
        _ => job.choose(None),
    }
}

/// The figures of a record.
///
/// # Errors
/// When it cannot be read.
pub fn analysis(path: &Path) -> Result<Analysis, AppError> {
    let record = record::read(path).map_err(|error| unreportable(path, error))?;
    Ok(report::analyse(&record))
}

/// The newest record of each drill of an instance, except soaks: the instance, the record's name, and its
/// figures.
///
/// # Errors
/// When there is none, or one cannot be read.
pub fn newest_of_each(
    job: &Job,
    name: &InstanceName,
) -> Result<Vec<(InstanceName, String, Analysis)>, AppError> {
    let records = job.state.records(name);
    let files = record::list(&records)
        .map_err(|error| AppError::failed("the records cannot be listed").because(error))?;
    let mut newest: BTreeMap<DrillName, &PathBuf> = BTreeMap::new();
    for file in &files {
        // Records of other versions of the program and records of drills that were killed at once are left
        // out.
        let Ok(header) = record::read_header(file) else { continue };
        // So are those of sweeps, whose settings are not those of this instance.
        if header.drill.soak.is_none() && header.instance == *name {
            newest.insert(header.drill.name, file);
        }
    }
    if newest.is_empty() {
        let hint = "`lab drill run` makes one, and `lab df` shows whose there are";
        return Err(AppError::not_found(format!("`{name}` has no record of a drill")).hint(hint));
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
/// When the series cannot be read. A record that cannot be read is an error in its place.
pub fn series(path: &Path) -> Result<(Series, Vec<Performed>), AppError> {
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

/// The error for a record that cannot be read.
pub fn unreportable(path: &Path, error: record::ReadError) -> AppError {
    AppError::failed(format!("{} is not a record that can be reported", path.display())).because(error)
}
