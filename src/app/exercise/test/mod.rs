//! `lab exercise test`: proves that exercises are as their authors say, on guests. Each step starts from a
//! restore; a test that was interrupted goes on where it stopped.

mod lock;
mod steps;
mod tester;

use std::cell::Cell;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::lock::Lock;
use self::steps::Steps;
use self::tester::Tester;
use super::find::{self, Found};
use crate::app::down::take_down;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::exercise::every_edge;
use crate::model::InstanceName;
use crate::model::spec::Digest;

/// The command that holds the locks.
const COMMAND: &str = "lab exercise test";

/// Tests exercises: their starts, solutions, wrong solutions, variants and hints.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Test {
    /// The exercises: their names, or the paths of their folders. None: those of all known labs.
    pub exercises: Vec<String>,
    /// Do all steps again, also those that an earlier test of the same exercise has done.
    pub again: bool,
    /// Leave the variants out.
    pub first_variant_only: bool,
    /// Take these steps only, after the start. None: all.
    pub only: Vec<StepKind>,
    /// The file that results are written to. An exercise that it knows as passed is not tested again.
    pub lock: Option<PathBuf>,
}

/// A kind of step that follows the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// The hints come in order.
    Hints,
    /// The untouched start does not pass.
    Untouched,
    /// The solution gets all points.
    Solution,
    /// It gets them a second time.
    Again,
    /// The solution survives a power cut of all nodes.
    Reboot,
    /// Wrong solutions get their points.
    Wrong,
}

/// The result of the test of an exercise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tested {
    /// The exercise.
    pub exercise: String,
    /// The lab that it belongs to.
    pub lab: String,
    /// The digest of its files.
    pub digest: Digest,
    /// The variants that were tested.
    pub variants: usize,
    /// All of its variants that a whole test has.
    pub of_variants: usize,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// A step of a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Step {
    /// What was tested.
    pub title: String,
    /// Why it failed; none if it passed.
    pub failure: Option<String>,
    /// How long it took.
    pub took: Duration,
    /// How many checks had to be repeated because a run of them proved nothing.
    #[serde(default)]
    pub repeated: u32,
}

impl Tested {
    /// Whether every step passed.
    pub fn passed(&self) -> bool {
        self.steps.iter().all(|step| step.failure.is_none())
    }

    /// How long its steps took together.
    pub fn took(&self) -> Duration {
        self.steps.iter().map(|step| step.took).sum()
    }

    /// How many checks were repeated.
    pub fn repeated(&self) -> u32 {
        self.steps.iter().map(|step| step.repeated).sum()
    }
}

impl Request for Test {
    type Outcome = Vec<Tested>;
    const NAME: &'static str = "exercise test";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.exercises.clone()))
    }

    fn perform(&self, job: &Job) -> Result<Vec<Tested>, AppError> {
        let mut lock = self.lock.as_deref().map(Lock::open).transpose()?;
        let mut all = Vec::new();
        for found in self.found(job)? {
            let all_variants = every_edge(&found.source.variables()).len();
            let variants = if self.first_variant_only { 1 } else { all_variants };
            if let Some(lock) = lock.as_ref().filter(|_| !self.again)
                && lock.has(&found.source.name, &found.source.digest(), variants)
            {
                job.say(format!("{}: passed, and unchanged since", found.source.name));
                continue;
            }
            let tested = self.test(job, &found, variants)?;
            if let Some(lock) = &mut lock {
                lock.write(&tested)?;
            }
            all.push(tested);
        }
        Ok(all)
    }
}

impl Test {
    /// The exercises, lab by lab.
    fn found(&self, job: &Job) -> Result<Vec<Found>, AppError> {
        if self.exercises.is_empty() {
            return find::all(job).into_iter().map(|(_, found)| found).collect();
        }
        self.exercises.iter().map(|exercise| find::find(job, exercise, job.trusted())).collect()
    }

    fn test(&self, job: &Job, found: &Found, count: usize) -> Result<Tested, AppError> {
        let variants = every_edge(&found.source.variables());
        let digest = found.source.digest();
        let file = job.state.exercise_starts().join(format!("test-{}.json", digest.short()));
        let mut steps = Steps::open(file, self.again, job);
        let name = instance_of(&found.source.name);
        for (number, values) in variants.iter().take(count).enumerate() {
            let exercise = found.read(values)?.exercise;
            let tester = Tester {
                job,
                exercise: &exercise,
                values,
                lab: &found.lab,
                instance: &name,
                only: &self.only,
                repeated: Cell::default(),
            };
            tester.variant(number == 0, &mut steps)?;
        }
        if steps.used_instance {
            take_down(&name, true, COMMAND, &job.in_background())?;
        }
        Ok(Tested {
            exercise: found.source.name.clone(),
            lab: found.lab.clone(),
            digest,
            variants: count.min(variants.len()),
            of_variants: variants.len(),
            steps: steps.done,
        })
    }
}

/// The instance on which an exercise is tested: one of its own.
fn instance_of(exercise: &str) -> InstanceName {
    let name: String = format!("test-{exercise}").chars().take(24).collect();
    name.trim_end_matches('-').parse().expect("the name of an exercise is in names")
}
