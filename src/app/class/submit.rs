//! Hands a cluster in: its state is saved, and it goes on as it is.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::{Place, Room};
use super::phase::Phase;
use crate::app::error::{AppError, ErrorKind};
use crate::app::exercise::attempt::{self, Ongoing};
use crate::app::exercise::grade;
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::app::request::{Request, Subject};
use crate::class::log::{Event, Submission};
use crate::exercise::Exercise;
use crate::exercise::log::Attempt;
use crate::model::spec::Digest;
use crate::model::{CheckpointId, ExerciseName, ForExercise, InstanceName};

/// Hands in what stands on the instance of a student. A later hand-in replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Submit {
    /// The instance of the student.
    pub instance: InstanceName,
}

/// What was handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Submitted {
    /// The exercise.
    pub exercise: ExerciseName,
    /// When its machines stood still.
    pub at: Timestamp,
    /// A receipt: the digest of the last line of the class's log, which has the hand-in.
    pub receipt: String,
}

impl Request for Submit {
    type Outcome = Submitted;
    const NAME: &'static str = "class submit";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(vec![self.instance.to_string()]))
    }

    fn perform(&self, job: &Job) -> Result<Submitted, AppError> {
        let (room, place) = Room::around(&job.state, &self.instance)?;
        Phase::of(&room, &place, Timestamp::now()).allows_work()?;
        submitted(job, &room, &place, None)
    }
}

/// Saves what stands on an instance as a hand-in. `paused` is when its machines were stopped, if they were
/// before.
///
/// # Errors
/// When no exercise goes on, or the instance cannot be saved; it goes on as it was.
pub fn submitted(
    job: &Job,
    room: &Room,
    place: &Place,
    paused: Option<Timestamp>,
) -> Result<Submitted, AppError> {
    let quiet = job.in_background();
    let ongoing = Ongoing::of(job, Some(&place.instance))?;
    let attempt = ongoing.attempt()?;
    let locked = Locked::acquire_unsettled(&quiet, &place.instance, "lab class submit")?;
    if paused.is_some() {
        // A save that was going on at the deadline has let them go on at its end.
        locked.provider.hold()?;
    }
    let at = paused.unwrap_or_else(Timestamp::now);
    let made_from = (place.instance.as_str(), ongoing.log.head(), at);
    let id = CheckpointId::of_exercise(&attempt.lab, ForExercise::Submission, &Digest::of(&made_from));
    let note = format!("handed in: {} of {}", ongoing.exercise.name, place.bench.seat);
    grade::save(&quiet, &locked, &id, note)?;
    let submission = Submission {
        seat: place.bench.seat,
        exercise: ongoing.exercise.name.clone(),
        checkpoint: id,
        paused: at,
        by_deadline: paused.is_some(),
        receipt: ongoing.log.head().to_owned(),
    };
    let event = Event::Submitted(Box::new(submission));
    let log = room.folder.append(|_| Ok::<_, AppError>(vec![event]))?;
    Ok(Submitted { exercise: ongoing.exercise.name.clone(), at, receipt: log.head().to_owned() })
}

/// The attempt that a hand-in belongs to.
///
/// # Errors
/// When the log of the instance no longer has the line that the hand-in names.
pub fn attempt_of(
    job: &Job,
    instance: &InstanceName,
    submission: &Submission,
) -> Result<attempt::Past, AppError> {
    attempt::past(job, instance, &submission.receipt)?.ok_or_else(|| lacks(instance))
}

/// The attempt that a hand-in belongs to, with another exercise than the present one.
///
/// # Errors
/// As [`attempt_of`], or when the exercise cannot be had.
pub fn attempt_with(
    job: &Job,
    instance: &InstanceName,
    submission: &Submission,
    exercise: impl FnOnce(&Attempt) -> Result<Exercise, AppError>,
) -> Result<attempt::Past, AppError> {
    let found = attempt::until(job, instance, &submission.receipt)?;
    let (attempt, lines) = found.ok_or_else(|| lacks(instance))?;
    Ok(attempt::Past { exercise: exercise(&attempt)?, attempt, lines })
}

fn lacks(instance: &InstanceName) -> AppError {
    AppError::new(ErrorKind::Failed, format!("the log of {instance} lacks what happened before the hand-in"))
}
