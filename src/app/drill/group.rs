//! Groups of runs to compare: a series, a record, or all records of a drill with some settings.

use std::collections::BTreeSet;
use std::path::Path;

use super::records;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::model::{DrillName, InstanceName};
use crate::record;
use crate::report::{Analysis, Group};

/// The name of an instance that was brought up without `--set`.
const NO_SETTINGS: &str = "default";

/// The runs of a group: settings (`deadtime=1500ms,keepalive=100ms`, or `default` for none), else any
/// argument of `lab drill report`. `drill` is the drill whose records belong to the settings; by default that
/// of the newest record.
///
/// # Errors
/// When there are none, or they cannot be read.
pub fn group(
    job: &Job,
    wanted: &str,
    drill: Option<&DrillName>,
    instance: Option<&InstanceName>,
) -> Result<Group, AppError> {
    let runs = if (wanted.contains('=') || wanted == NO_SETTINGS) && !Path::new(wanted).exists() {
        with_settings(job, wanted, drill, instance)?
    } else {
        let path = records::chosen(job, Some(wanted), instance)?;
        if record::is_series(&path) {
            records::series(&path)?.1.into_iter().flatten().collect()
        } else {
            vec![records::analysis(&path)?]
        }
    };
    Group::new(wanted, runs).ok_or_else(|| AppError::not_found(format!("there is no run of `{wanted}`")))
}

fn with_settings(
    job: &Job,
    wanted: &str,
    drill: Option<&DrillName>,
    instance: Option<&InstanceName>,
) -> Result<Vec<Analysis>, AppError> {
    let folder = job.state.records(&records::owner(job, instance)?);
    let unreadable = |error| AppError::failed("the records cannot be listed").because(error);
    let mut headers = Vec::new();
    for path in record::list(&folder).map_err(unreadable)? {
        // A record of another version has no comparable settings.
        headers.extend(record::read_header(&path).ok().map(|header| (path, header)));
    }
    let drill = drill.cloned().or_else(|| headers.last().map(|(_, header)| header.drill.name.clone()));
    let settings: BTreeSet<&str> = match wanted {
        NO_SETTINGS => BTreeSet::new(),
        wanted => wanted.split([',', ' ']).filter(|setting| !setting.is_empty()).collect(),
    };
    let same = |header: &record::Header| {
        Some(&header.drill.name) == drill.as_ref()
            && header.settings.iter().map(String::as_str).collect::<BTreeSet<_>>() == settings
    };
    let found = headers.iter().filter(|(_, header)| same(header));
    found.map(|(path, _)| records::analysis(path)).collect()
}
