//! `lab grade`: performs the checks of an exercise on copies of an instance.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attempt::{self, Ongoing};
use super::checks::{Grading, Shown};
use super::replay::Replaying;
use super::start_state;
use crate::app::baseline::{self, Baseline, bad_store};
use crate::app::error::{AppError, ErrorKind};
use crate::app::event::What;
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::app::request::{Request, Subject};
use crate::app::usage;
use crate::checkpoint::{Checkpoint, CheckpointSpec, CheckpointStore, Kind};
use crate::exercise::log::{self, Attempt, Event, Line};
use crate::exercise::{Check, Exercise, Outcome, Score};
use crate::instance::Instance;
use crate::model::spec::Digest;
use crate::model::{CheckName, CheckpointId, ExerciseName, ForExercise, InstanceName};

/// Grades the attempt on an instance. The instance itself goes on as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Grade {
    /// The instance. Default: the only one with an exercise.
    pub instance: Option<InstanceName>,
    /// Perform these checks only. They inform, and are not written down as a grading.
    pub only: Vec<CheckName>,
}

/// A grading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Graded {
    /// The exercise.
    pub exercise: ExerciseName,
    /// The outcome of each check.
    pub outcomes: Vec<Outcome>,
    /// The score of the attempt; none if only some checks were performed.
    pub score: Option<Score>,
    /// How long it took.
    pub took: Duration,
}

impl Request for Grade {
    type Outcome = Graded;
    const NAME: &'static str = "grade";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.instance.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<Graded, AppError> {
        let begin = Instant::now();
        let mut ongoing = Ongoing::of(job, self.instance.as_ref())?;
        let checks = self.checks(&ongoing)?;
        let names = checks.iter().map(|check| check.name.clone()).collect();
        job.emit(What::GradingBegins { exercise: ongoing.exercise.name.clone(), checks: names });
        let handed_in = hand_in(job, &ongoing)?;
        let sitting = Sitting {
            instance: &ongoing.instance,
            exercise: &ongoing.exercise,
            attempt: ongoing.attempt()?,
            lines: ongoing.lines(),
        };
        let outcomes = outcomes(job, &sitting, handed_in, &checks);
        // Its memories take the most space of all. What fails here is deleted by the next grading.
        if let Err(error) = tidy(job, &ongoing.instance) {
            job.problem(&error);
        }
        let outcomes = outcomes?;
        let score = if self.only.is_empty() {
            ongoing.note(Event::Graded { outcomes: outcomes.clone() })?;
            Some(ongoing.score())
        } else {
            None
        };
        Ok(Graded { exercise: ongoing.exercise.name.clone(), outcomes, score, took: begin.elapsed() })
    }
}

impl Grade {
    fn checks<'a>(&self, ongoing: &'a Ongoing) -> Result<Vec<&'a Check>, AppError> {
        if self.only.is_empty() {
            return Ok(ongoing.exercise.checks.iter().collect());
        }
        let known = || ongoing.exercise.checks.iter().map(|check| check.name.as_str());
        let find = |name: &CheckName| {
            ongoing.exercise.check(name).ok_or_else(|| {
                AppError::not_found(format!("the exercise has no check `{name}`"))
                    .hint(crate::diagnostic::suggestion(name.as_str(), "check", known().collect::<Vec<_>>()))
            })
        };
        self.only.iter().map(find).collect()
    }
}

/// What is graded, apart from the state of the cluster.
pub struct Sitting<'a> {
    /// The instance.
    pub instance: &'a InstanceName,
    /// The exercise, with the values of the attempt.
    pub exercise: &'a Exercise,
    /// The attempt.
    pub attempt: &'a Attempt,
    /// What happened in it.
    pub lines: &'a [Line],
}

/// Performs checks on copies of a hand-in.
///
/// # Errors
/// When a copy cannot be made, or the operation is cancelled.
pub fn outcomes(
    job: &Job,
    sitting: &Sitting<'_>,
    handed_in: Checkpoint,
    checks: &[&Check],
) -> Result<Vec<Outcome>, AppError> {
    let Sitting { instance, exercise, attempt, lines } = *sitting;
    let start = attempt::checkpoint(job, &attempt.start)?;
    let records = attempt::records(&job.state, instance);
    let from = Replaying { job, exercise, instance, start: &start, records: &records }.graded(handed_in)?;
    let answers = |name: &CheckName| log::answers(lines, name).map(str::to_owned).collect::<Vec<_>>();
    let grading = Grading {
        job,
        exercise,
        from: &from,
        seed: attempt.seed,
        records,
        start_record: attempt.start_record.as_ref().map(Into::into),
        answers: &answers,
        reference: &|measured| start_state::reference(job, exercise, &start, measured),
        shown: Shown::default(),
    };
    grading.outcomes(checks)
}

/// Saves the present state of the instance. Earlier hand-ins on which nothing stands any more are deleted.
fn hand_in(job: &Job, ongoing: &Ongoing) -> Result<Checkpoint, AppError> {
    let quiet = job.in_background();
    let locked = Locked::acquire(&quiet, &ongoing.instance, "lab grade")?;
    let made_from = (ongoing.instance.as_str(), ongoing.log.head(), jiff::Timestamp::now());
    let id =
        CheckpointId::of_exercise(&locked.instance.lab.name, ForExercise::HandIn, &Digest::of(&made_from));
    // The new one is not yet there, on which nothing but the instance will stand.
    tidy(job, &ongoing.instance)?;
    save(&quiet, &locked, &id, format!("graded: {} on {}", ongoing.exercise.name, ongoing.instance))?;
    attempt::checkpoint(job, &id)
}

/// Saves an instance, which is locked, as a checkpoint of its exercise.
///
/// # Errors
/// When it cannot be saved; the instance goes on as it was.
pub fn save(job: &Job, locked: &Locked, id: &CheckpointId, note: String) -> Result<(), AppError> {
    save_as(job, locked, &locked.instance.name, id, note)
}

/// Saves a copy of an instance, which is locked, as a checkpoint of that instance.
///
/// # Errors
/// As [`save`].
pub fn save_as(
    job: &Job,
    locked: &Locked,
    of: &InstanceName,
    id: &CheckpointId,
    note: String,
) -> Result<(), AppError> {
    let Locked { instance, provider, .. } = locked;
    let spec = CheckpointSpec {
        id: id.clone(),
        kind: Kind::Exercise,
        note,
        created: jiff::Timestamp::now(),
        inputs: Baseline::of(instance, provider.as_ref(), job)?.inputs,
        instance: Instance { name: of.clone(), ..instance.clone() },
    };
    match baseline::save_from(spec, &instance.name, provider.as_ref(), job)? {
        baseline::Saved::Kept => Ok(()),
        baseline::Saved::Busy => Err(AppError::new(ErrorKind::Busy, format!("another command makes {id}"))),
    }
}

/// Deletes the hand-ins of an instance on which nothing stands any more, and what was made of them.
///
/// # Errors
/// When the store cannot be read or changed.
pub fn tidy(job: &Job, instance: &InstanceName) -> Result<(), AppError> {
    let store = CheckpointStore::new(&job.state);
    let ours = |found: &Checkpoint| {
        found.spec.kind == Kind::Exercise
            && found.spec.instance.name == *instance
            && [ForExercise::HandIn, ForExercise::Replayed].iter().any(|purpose| found.id().is_for(*purpose))
    };
    for found in store.list().map_err(bad_store)?.into_iter().filter(ours) {
        if !usage::users(&job.state, found.id())?.is_empty() {
            continue;
        }
        if let Some(_lock) = store.lock(found.id()).map_err(bad_store)? {
            store.remove(found.id()).map_err(bad_store)?;
        }
    }
    Ok(())
}
