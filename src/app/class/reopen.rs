//! `lab class reopen`: brings the running cluster of a hand-in up again, to look at it together.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::begin::{leave_current, make_room};
use super::find::{Place, Room};
use super::phase::Phase;
use crate::app::checkpoint::restored;
use crate::app::error::{AppError, ErrorKind};
use crate::app::exercise::attempt;
use crate::app::job::Job;
use crate::app::provider;
use crate::app::request::{Request, Subject};
use crate::apply::InstanceLock;
use crate::class::log::{Event, Submission};
use crate::class::roster::Seat;
use crate::exercise::log::{Event as AttemptEvent, Log};
use crate::model::{ClassName, ExerciseName, InstanceName};

/// The command that holds the lock meanwhile.
const COMMAND: &str = "lab class reopen";

/// Puts the instance of a student into the state of a hand-in. It is no attempt: nothing can be handed in
/// from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Reopen {
    /// The class. Default: the one that is open.
    #[serde(default)]
    pub class: Option<ClassName>,
    /// The student: a seat or a name.
    pub student: String,
    /// The exercise. Default: the only one that was handed in.
    #[serde(default)]
    pub exercise: Option<ExerciseName>,
}

/// A hand-in that was brought up again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ReopenedHandIn {
    /// The seat.
    pub seat: Seat,
    /// The instance.
    pub instance: InstanceName,
    /// The exercise.
    pub exercise: ExerciseName,
    /// When it was handed in.
    pub submitted: Timestamp,
    /// How long it took.
    pub took: Duration,
}

impl Request for Reopen {
    type Outcome = ReopenedHandIn;
    const NAME: &'static str = "class reopen";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.class.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<ReopenedHandIn, AppError> {
        let begin = Instant::now();
        let room = Room::of(&job.state, self.class.as_ref())?;
        let place = room.place(room.seat(&self.student)?)?;
        let (number, submission) = room.handed_in(&place, self.exercise.as_ref())?;
        let (seat, instance) = (place.bench.seat, &place.instance);
        not_at_work(job, &room, &place)?;
        let from = attempt::checkpoint(job, &submission.checkpoint)?;
        // Ended first: no deadline may take this cluster for the work on another attempt.
        leave_current(job, instance)?;
        let quiet = job.in_background();
        make_room(&quiet, instance, from.id().lab())?;
        drop(restored(&from, instance, COMMAND, &quiet)?);
        let event = Event::Reopened { seat, submission: *number };
        room.folder.append(|_| Ok::<_, AppError>(vec![event]))?;
        Ok(ReopenedHandIn {
            seat,
            exercise: submission.exercise.clone(),
            submitted: submission.paused,
            took: begin.elapsed(),
            instance: place.instance,
        })
    }
}

impl Room {
    /// The hand-in of a bench: of this exercise, or the only one.
    ///
    /// # Errors
    /// When there is none, or there are several to choose from.
    pub fn handed_in(
        &self,
        place: &Place,
        exercise: Option<&ExerciseName>,
    ) -> Result<&(u64, Submission), AppError> {
        let seat = place.bench.seat;
        let own: Vec<_> = self.register.counting().filter(|(_, one)| one.seat == seat).collect();
        let names = || own.iter().map(|(_, one)| one.exercise.to_string()).collect::<Vec<_>>().join(", ");
        match (exercise, own.as_slice()) {
            (_, []) => Err(AppError::not_found(format!("{seat} has not handed anything in"))
                .hint("`lab class status` shows what was handed in")),
            (None, [only]) => Ok(only),
            (None, _) => Err(AppError::usage(format!("{seat} has handed several exercises in"))
                .hint(format!("name one: {}", names()))),
            (Some(name), own) => {
                own.iter().copied().find(|(_, one)| one.exercise == *name).ok_or_else(|| {
                    AppError::not_found(format!("{seat} has not handed `{name}` in"))
                        .hint(format!("handed in: {}", names()))
                })
            }
        }
    }
}

/// Refuses to replace a cluster on which work goes on that was not handed in.
fn not_at_work(job: &Job, room: &Room, place: &Place) -> Result<(), AppError> {
    let instance = &place.instance;
    provider::needs_root(job, instance)?;
    drop(InstanceLock::acquire(&job.state, instance, COMMAND)?);
    let log = attempt::open(&job.state, instance)?;
    let Some((attempt, _)) = log.current() else { return Ok(()) };
    let seat = place.bench.seat;
    let submission = room.register.submission(seat, &attempt.exercise).map(|(_, one)| one);
    let goes_on = Phase::of(room, place, Timestamp::now()) != Phase::Over;
    let is_kept = submission.is_some_and(|one| is_handed_in(&log, &one.receipt, goes_on));
    if is_kept || !job.instances()?.contains(instance) {
        return Ok(());
    }
    let message = match submission {
        Some(_) => {
            format!("{seat} works on `{}`, and has not handed in what was done last", attempt.exercise)
        }
        None => format!("{seat} works on `{}`, which was not handed in", attempt.exercise),
    };
    Err(AppError::new(ErrorKind::Busy, message).hint(
        "wait for the hand-in; `lab class deadline --now` ends the time of all and hands in what stands",
    ))
}

/// Whether the attempt that goes on was handed in. While it may go on, nothing may have happened since.
fn is_handed_in(log: &Log, receipt: &str, goes_on: bool) -> bool {
    if goes_on {
        return log.head() == receipt;
    }
    let began = log.lines().iter().rposition(|line| matches!(line.event, AttemptEvent::Started(_)));
    log.until(receipt).zip(began).is_some_and(|(lines, began)| lines.len() > began)
}
