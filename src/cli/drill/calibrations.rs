//! Calibrations, from their records.

use std::path::Path;

use super::records::{exit, unreportable};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::ui::Format;
use crate::record;
use crate::report::{calibration, calibration_text, json};

/// Prints the table of a calibration, and says with which status its verdict ends the command.
///
/// # Errors
/// When its record cannot be read.
pub fn report_calibration(context: &Context, path: &Path, format: Format) -> Result<Exit, CliError> {
    let found = record::read_calibration(path).map_err(|error| unreportable(path, error))?;
    let report = calibration(&found);
    context.ui.value(format, &json(&report), || calibration_text(&report, context.ui.width()))?;
    Ok(exit(report.verdict))
}
