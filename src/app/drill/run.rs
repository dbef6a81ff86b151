//! `lab drill run` and `lab drill soak`

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find;
use super::perform::{Order, perform};
use super::records;
use super::series::Repeat;
use super::slot::Turn;
use crate::app::error::{AppError, ErrorKind};
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::app::request::{Request, Subject};
use crate::drill::{SHORTEST_SOAK, soak};
use crate::model::drill::Drill;
use crate::model::{InstanceName, Millis};
use crate::record::{Ending, Verdict};

/// Performs a drill on a running lab, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Run {
    /// The drill: its name, or the path of a file that ends with `.toml`.
    pub drill: String,
    /// The instance. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
    /// The seed of random choices; the report shows it, so that a run can be repeated.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Capture the traffic on the lab's networks, beside the record.
    #[serde(default)]
    pub capture: bool,
}

/// Performs a drill several times, each from the lab's baseline checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Series {
    /// The drill, and how to perform it.
    pub run: Run,
    /// The number of runs, at least one.
    pub runs: u32,
}

/// Puts the loads of a drill on a running lab, without any fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Soak {
    /// The drill whose steady state, loads and invariants are used.
    pub run: Run,
    /// The length, at least [`SHORTEST_SOAK`].
    pub length: Millis,
}

/// The result of a drill. Its figures are in the report of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Drilled {
    /// The record of a run or a soak, or the file of a series or a sweep.
    pub record: PathBuf,
    /// The verdict; of a series, that of its worst run. None if it has nothing to judge.
    pub verdict: Option<Verdict>,
    /// Why it ended early; the record holds what was done until then.
    pub stopped: Option<AppError>,
}

impl Run {
    fn subject(&self) -> Subject {
        Subject(self.instance.iter().map(ToString::to_string).collect())
    }

    /// Waits for a turn, locks the instance, and finds the drill.
    fn begin(&self, job: &Job, command: &str) -> Result<(Turn, Locked, Drill, u64), AppError> {
        // A missing file is reported before a missing instance.
        find::readable(&self.drill, job.trusted())?;
        let name = job.choose(self.instance.as_ref())?;
        // An error of the drill is reported before the instance is locked; the file is read again under the
        // lock.
        find::one(job, &job.describe(&name)?, &self.drill)?;
        let turn = Turn::take(job)?;
        let locked = Locked::acquire_unsettled(job, &name, command)?;
        let drill = find::one(job, &locked.instance, &self.drill)?;
        Ok((turn, locked, drill, self.seed.unwrap_or_else(any_seed)))
    }
}

impl Request for Run {
    type Outcome = Drilled;
    const NAME: &'static str = "drill run";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(self.subject())
    }

    fn perform(&self, job: &Job) -> Result<Drilled, AppError> {
        let (_turn, locked, drill, seed) = self.begin(job, "lab drill run")?;
        once(job, &locked, &drill, seed, self.capture)
    }
}

impl Request for Soak {
    type Outcome = Drilled;
    const NAME: &'static str = "drill soak";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(self.run.subject())
    }

    fn perform(&self, job: &Job) -> Result<Drilled, AppError> {
        if self.length < SHORTEST_SOAK {
            return Err(AppError::usage(format!("a soak of {} shows nothing", self.length))
                .hint(format!("{SHORTEST_SOAK} is the shortest")));
        }
        let (_turn, locked, drill, seed) = self.run.begin(job, "lab drill soak")?;
        once(job, &locked, &soak(&drill, self.length), seed, self.run.capture)
    }
}

impl Request for Series {
    type Outcome = Drilled;
    const NAME: &'static str = "drill series";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(self.run.subject())
    }

    fn perform(&self, job: &Job) -> Result<Drilled, AppError> {
        let (_turn, mut locked, drill, seed) = self.run.begin(job, "lab drill run")?;
        let records = job.state.records(&locked.instance.name);
        let (drill, capture) = (&drill, self.run.capture);
        let (record, result) =
            Repeat { job, drill, seed, runs: self.runs, records: &records, capture }.all(&mut locked)?;
        let verdict = records::series(&record)
            .ok()
            .and_then(|(series, _)| series.runs.iter().map(|run| run.verdict).max());
        Ok(Drilled { record, verdict, stopped: result.err() })
    }
}

fn once(job: &Job, locked: &Locked, drill: &Drill, seed: u64, capture: bool) -> Result<Drilled, AppError> {
    let records = &job.state.records(&locked.instance.name);
    let done = perform(job, locked, Order { drill, seed, records, capture })?;
    if done.ending == Ending::Cancelled {
        return Err(AppError::new(ErrorKind::Interrupted, "the drill was stopped; all faults are healed")
            .detail(format!("its record so far is {}", done.record.display()), ""));
    }
    let verdict = Some(records::analysis(&done.record)?.verdict);
    Ok(Drilled { record: done.record, verdict, stopped: None })
}

/// A random seed, for a run without a given one.
pub fn any_seed() -> u64 {
    jiff::Timestamp::now().as_microsecond().unsigned_abs()
}
