//! `lab class grade`: grades hand-ins, one at a time, with nothing else running on the machine.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::Room;
use super::regrade::NotRegraded;
use super::submit::attempt_of;
use crate::app::error::{AppError, ErrorKind};
use crate::app::exercise::attempt::{self, Past};
use crate::app::exercise::grade::{self, Sitting};
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::class::log::{Event, Submission};
use crate::class::roster::Seat;
use crate::exercise::{Check, Outcome};
use crate::model::{ClassName, ExerciseName};

/// Grades the hand-ins that count and were not graded yet. Ended in the middle, it goes on where it stopped.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GradeAll {
    /// The class. Default: the one that is open.
    pub class: Option<ClassName>,
    /// Only those of this student: a seat or a name.
    pub student: Option<String>,
}

/// What was graded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ClassGraded {
    /// The class.
    pub class: ClassName,
    /// Each hand-in, in the order in which they were graded.
    pub hand_ins: Vec<GradedHandIn>,
    /// Those that could not be graded.
    pub left_out: Vec<NotRegraded>,
}

/// A hand-in that was graded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct GradedHandIn {
    /// The seat.
    pub seat: Seat,
    /// The exercise.
    pub exercise: ExerciseName,
    /// The outcome of each check.
    pub outcomes: Vec<Outcome>,
}

impl Request for GradeAll {
    type Outcome = ClassGraded;
    const NAME: &'static str = "class grade";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.class.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<ClassGraded, AppError> {
        let room = Room::of(&job.state, self.class.as_ref())?;
        let only = match &self.student {
            Some(student) => Some(room.place(room.seat(student)?)?.bench.seat),
            None => None,
        };
        let open = room.register.ungraded().filter(|(_, one)| only.is_none_or(|seat| one.seat == seat));
        let (mut hand_ins, mut left_out) = (Vec::new(), Vec::new());
        for (number, one) in open {
            job.say(format!("grading {} of {}", one.exercise, one.seat));
            match graded(job, &room, *number, one) {
                Ok(outcomes) => {
                    hand_ins.push(GradedHandIn { seat: one.seat, exercise: one.exercise.clone(), outcomes });
                }
                Err(error) if error.kind == ErrorKind::Interrupted => return Err(error),
                // The others are not made to wait for it.
                Err(error) => {
                    job.problem(&error.clone().about(&room.place(one.seat)?.instance));
                    left_out.push(NotRegraded { seat: one.seat, exercise: one.exercise.clone(), error });
                }
            }
        }
        Ok(ClassGraded { class: room.class.name, hand_ins, left_out })
    }
}

/// Grades a hand-in, and writes down its outcomes.
fn graded(job: &Job, room: &Room, number: u64, one: &Submission) -> Result<Vec<Outcome>, AppError> {
    let past = attempt_of(job, &room.place(one.seat)?.instance, one)?;
    let kept = room.folder.keep(&past.exercise)?;
    let outcomes = outcomes(job, room, one, &past)?;
    let (seat, exercise) = (one.seat, Some(kept));
    let event = Event::Graded { seat, submission: number, outcomes: outcomes.clone(), exercise };
    room.folder.append(|_| Ok::<_, AppError>(vec![event]))?;
    Ok(outcomes)
}

/// Performs the checks of a hand-in on copies of it, with the exercise of the attempt as it is given.
///
/// # Errors
/// When a copy cannot be made, or the operation is cancelled.
pub fn outcomes(
    job: &Job,
    room: &Room,
    submission: &Submission,
    past: &Past,
) -> Result<Vec<Outcome>, AppError> {
    let instance = room.place(submission.seat)?.instance;
    let checkpoint = attempt::checkpoint(job, &submission.checkpoint)?;
    let checks: Vec<&Check> = past.exercise.checks.iter().collect();
    let sitting =
        Sitting { instance: &instance, exercise: &past.exercise, attempt: &past.attempt, lines: &past.lines };
    grade::outcomes(job, &sitting, checkpoint, &checks)
}
