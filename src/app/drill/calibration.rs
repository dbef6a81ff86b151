//! `lab drill calibrate`: measures the error of each probe with outages of known length.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::perform::program;
use super::records::unreportable;
use super::report::{ReportFormat, Reported, pretty};
use super::run::any_seed;
use crate::app::error::{AppError, ErrorKind};
use crate::app::explain;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::drill::calibrate::{CalibrateError, Plan, calibrate, probes};
use crate::model::Millis;
use crate::record::{self, Verdict, write_calibration};
use crate::report::{calibration, calibration_text, json};

/// Makes outages of known length, and measures them with every probe. Requires root, but no lab and no guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Calibrate {
    /// The lengths of the outages.
    pub lengths: Vec<Millis>,
    /// The seed of the phases of the outages.
    #[serde(default)]
    pub seed: Option<u64>,
}

/// The result of a calibration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calibrated {
    /// Its record.
    pub record: PathBuf,
    /// Whether every probe stayed within the error that it states.
    pub verdict: Verdict,
}

impl Request for Calibrate {
    type Outcome = Calibrated;
    const NAME: &'static str = "drill calibrate";

    fn perform(&self, job: &Job) -> Result<Calibrated, AppError> {
        let seed = self.seed.unwrap_or_else(any_seed);
        let plan = Plan { lengths: self.lengths.clone(), seed };
        plan.check().map_err(AppError::usage)?;
        if let Some(hint) = explain::sudo() {
            return Err(AppError::new(ErrorKind::Host, "network namespaces need root").hint(hint));
        }
        job.at_risk("nothing is left behind");
        let mut tell = |place: usize| {
            let length = plan.lengths.get(place).copied().unwrap_or_default();
            job.say(format!("outage {} of {}: {length}", place + 1, plan.lengths.len()));
        };
        let started = jiff::Timestamp::now();
        let result = calibrate(&plan, probes(), &program()?, job.cancel(), &mut tell).map_err(failure)?;
        let path = write_calibration(&job.state.calibrations(), &result, seed, started).map_err(|error| {
            AppError::failed("the record of the calibration cannot be written").because(error)
        })?;
        let verdict = report(&path, ReportFormat::Json, 0)?.verdict;
        Ok(Calibrated { record: path, verdict })
    }
}

fn failure(error: CalibrateError) -> AppError {
    match error {
        CalibrateError::Cancelled => AppError::stopped(),
        CalibrateError::Wire(_) => AppError::new(ErrorKind::Host, "the probes cannot be calibrated here")
            .because(error)
            .hint("it takes root, /dev/net/tun and `ip` (see `lab doctor`)"),
        CalibrateError::Failed { .. } => AppError::failed("the probes cannot be calibrated").because(error),
    }
}

/// The table of a calibration.
///
/// # Errors
/// When its record cannot be read, or the format is not one of a table.
pub fn report(path: &Path, format: ReportFormat, width: usize) -> Result<Reported, AppError> {
    let found = record::read_calibration(path).map_err(|error| unreportable(path, error))?;
    let report = calibration(&found);
    let text = match format {
        ReportFormat::Text => calibration_text(&report, width),
        ReportFormat::Json => pretty(&json(&report)),
        ReportFormat::Junit | ReportFormat::Csv | ReportFormat::Html => {
            return Err(AppError::usage("a calibration is a table as text or JSON"));
        }
    };
    Ok(Reported { verdict: report.verdict, text })
}
