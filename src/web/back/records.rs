//! The pages of records.

use std::path::Path;

use crate::app::drill::{ReadReport, ReportFormat};
use crate::app::{AppError, Cancel, Halab};
use crate::model::InstanceName;

/// The report of a record as a page.
///
/// # Errors
/// When there is none of this name.
pub fn page(halab: &Halab, instance: &InstanceName, record: &str) -> Result<String, AppError> {
    // Its name only: a path would be another file of the machine.
    let request = ReadReport {
        instance: Some(instance.clone()),
        format: ReportFormat::Html,
        ..ReadReport::of(Path::new(record))
    };
    halab.run(&request, &Cancel::default(), Box::new(|_| {})).map(|report| report.text)
}
