//! Records of drills: finding one, and its report.

use std::path::{Path, PathBuf};

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::ui::Format;
use crate::model::{DrillName, InstanceName};
use crate::record::{self, RECORD_FILE};
use crate::report::{self, Verdict};

/// The record that is meant: a path, the name of a record's folder, the newest of a drill, or the newest of all.
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
    let unreadable = |error| CliError::failed("the records cannot be listed").because(error);
    if let Some(wanted) = wanted {
        let folder = records.join(wanted).join(RECORD_FILE);
        if folder.is_file() {
            return Ok(folder);
        }
    }
    let drill = wanted.and_then(|name| name.parse::<DrillName>().ok());
    let found = match (&drill, wanted) {
        (None, Some(_)) => None,
        _ => record::latest(&records, drill.as_ref()).map_err(unreadable)?,
    };
    found.ok_or_else(|| {
        let what = wanted.map_or_else(|| "record".to_owned(), |wanted| format!("record `{wanted}`"));
        CliError::not_found(format!("`{name}` has no {what}")).hint("`lab drill run` makes one")
    })
}

/// The instance whose records are meant. Records outlive their instance, so it need not stand.
fn owner(context: &Context, instance: Option<&InstanceName>) -> Result<InstanceName, CliError> {
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

/// Prints the report of a record, and says with which status its verdict ends the command.
///
/// # Errors
/// When the record cannot be read.
pub fn report(context: &Context, path: &Path, format: Format) -> Result<Exit, CliError> {
    let record = record::read(path).map_err(|error| {
        CliError::failed(format!("{} is not a record that can be reported", path.display())).because(error)
    })?;
    let analysis = report::analyse(&record);
    match format {
        Format::Json => context.ui.json(&report::json(&analysis))?,
        Format::Text => context.ui.data(report::text(&analysis, context.ui.width()))?,
    }
    Ok(match analysis.verdict {
        Verdict::Pass => Exit::OK,
        Verdict::Fail => Exit::DRILL_FAILED,
        Verdict::Inconclusive => Exit::DRILL_INCONCLUSIVE,
        Verdict::Error => Exit::FAILED,
    })
}
