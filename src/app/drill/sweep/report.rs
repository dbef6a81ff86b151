//! The report of a sweep, from its records.

use std::path::Path;

use crate::app::drill::records;
use crate::app::error::AppError;
use crate::model::Millis;
use crate::record::{self, RECORD_FILE, ReadError, SweepRecord, SweptSetting};
use crate::report::{self, MeasuredSetting, SweepReport};

/// The report of a sweep.
///
/// # Errors
/// When its file cannot be read. A series or a soak that cannot be read is reported in its place.
pub fn report(path: &Path, mtbf: Millis) -> Result<SweepReport, AppError> {
    let sweep = record::read_sweep(path).map_err(|error| records::unreportable(path, error))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let measured: Vec<MeasuredSetting> =
        sweep.settings.iter().map(|setting| measured(folder, setting, mtbf)).collect();
    Ok(report::sweep_report(&sweep, &measured))
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

/// The folder of the last record of a sweep; none if it has no records.
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
