//! The outcome of the last run of a drill.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::records;
use crate::app::job::Job;
use crate::model::InstanceName;
use crate::record::{self, Verdict};

/// The newest record or series of a drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// Its verdict; of a series, that of its worst run.
    pub verdict: Verdict,
    /// When it began.
    pub started: jiff::Timestamp,
    /// How many runs it had.
    pub runs: usize,
    /// Its file.
    pub record: String,
}

/// `pass 2026-11-21 09:41`, `fail 2026-11-21 09:41 (10 runs)`
impl fmt::Display for Last {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Pass => "pass",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Fail => "FAIL",
            Verdict::Error => "error",
        };
        write!(f, "{verdict} {}", self.started.strftime("%Y-%m-%d %H:%M"))?;
        if self.runs == 1 { Ok(()) } else { write!(f, " ({} runs)", self.runs) }
    }
}

/// The outcome of a drill on an instance. None if it was never performed, or its record cannot be read: a
/// list must not fail because of that.
pub fn last(job: &Job, instance: &InstanceName, drill: &str) -> Option<Last> {
    let folder = job.state.records(instance);
    let mut path = records::newest(&folder, Some(&drill.parse().ok()?)).ok()??;
    if record::is_sweep(&path) {
        // The final state of the series.
        let settings = record::read_sweep(&path).ok()?.settings;
        path = folder.join(settings.into_iter().rev().find_map(|setting| setting.series)?);
    }
    let record = path.display().to_string();
    if record::is_series(&path) {
        // The recorded verdicts suffice here, and there may be a hundred records.
        let series = record::read_series(&path).ok()?;
        let verdict = series.runs.iter().map(|run| run.verdict).max()?;
        return Some(Last { verdict, started: series.header.started, runs: series.runs.len(), record });
    }
    let analysis = records::analysis(&path).ok()?;
    Some(Last { verdict: analysis.verdict, started: analysis.subject.started, runs: 1, record })
}
