//! Begins an exercise of a class on the instance of a student.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::{Place, Room};
use super::phase::Phase;
use super::space;
use crate::app::down;
use crate::app::error::{AppError, ErrorKind};
use crate::app::exercise::{self, Started, attempt, find};
use crate::app::job::Job;
use crate::app::locked;
use crate::app::request::{Request, Subject};
use crate::class::log::Event;
use crate::class::store::ClassExercise;
use crate::exercise::log::Event as AttemptEvent;
use crate::instance::Instance;
use crate::model::{ExerciseName, InstanceName, LabName};

/// Begins an exercise. What goes on on the instance is ended; it counts if it was handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Begin {
    /// The instance of the student.
    pub instance: InstanceName,
    /// The exercise.
    pub exercise: ExerciseName,
}

impl Request for Begin {
    type Outcome = Started;
    const NAME: &'static str = "class begin";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(vec![self.instance.to_string()]))
    }

    fn perform(&self, job: &Job) -> Result<Started, AppError> {
        space::check(&job.state)?;
        let (room, place) = Room::around(&job.state, &self.instance)?;
        let exercise = self.exercise(&room, &place)?;
        // A command that is at work would refuse the start, and the attempt before must not have ended then.
        drop(locked::lock(job, &self.instance, "lab class")?);
        leave_current(job, &self.instance)?;
        self.make_room(job, exercise)?;
        let seed = self.seed(job, &room, &place, exercise)?;
        let (found_by, instance) = (exercise.found_by.clone(), Some(self.instance.clone()));
        let started = exercise::Start { exercise: found_by, instance, seed: Some(seed) }.perform(job)?;
        let began = Event::Began { seat: place.bench.seat, exercise: self.exercise.clone(), seed };
        room.folder.append(|_| Ok::<_, AppError>(vec![began]))?;
        Ok(started)
    }
}

impl Begin {
    /// The exercise, if the student may begin it now. The first one is made ready before the class begins.
    fn exercise<'a>(&self, room: &'a Room, place: &Place) -> Result<&'a ClassExercise, AppError> {
        let seat = place.bench.seat;
        let began = room.register.began.get(&seat);
        let phase = Phase::of(room, place, Timestamp::now());
        if phase != Phase::Before || began.is_some() {
            phase.allows_work()?;
        }
        let exercise = room.class.exercise(&self.exercise).ok_or_else(|| {
            let names: Vec<&str> = room.class.exercises.iter().map(|one| one.name.as_str()).collect();
            let hint = crate::diagnostic::suggestion(self.exercise.as_str(), "exercise", names);
            AppError::not_found(format!("the class has no exercise `{}`", self.exercise)).hint(hint)
        })?;
        let open = exercise.after.iter().find(|before| room.register.submission(seat, before).is_none());
        match open {
            None => Ok(exercise),
            Some(before) => Err(AppError::new(ErrorKind::Usage, format!("`{before}` comes before it"))
                .hint(format!("hand `{before}` in first"))),
        }
    }

    /// Takes the instance down if it is one of another lab.
    fn make_room(&self, job: &Job, exercise: &ClassExercise) -> Result<(), AppError> {
        let found = find::find(job, &exercise.found_by, job.trusted())?;
        match found.source.loaded_lab() {
            Ok(loaded) => make_room(job, &self.instance, &loaded.lab.name),
            // What is wrong with it is reported when the exercise is started.
            Err(_) => Ok(()),
        }
    }

    /// The seed of the student for the exercise: known to the server only.
    fn seed(&self, job: &Job, room: &Room, place: &Place, exercise: &ClassExercise) -> Result<u64, AppError> {
        let found = find::find(job, &exercise.found_by, job.trusted())?;
        let seat = place.bench.seat;
        let round = room.register.reseeded.get(&seat).copied().unwrap_or_default();
        Ok(room.folder.seed(&(found.source.digest(), seat, round))?)
    }
}

/// Ends the attempt that goes on on an instance.
///
/// # Errors
/// When its log cannot be written.
pub fn leave_current(job: &Job, instance: &InstanceName) -> Result<(), AppError> {
    let mut log = attempt::open(&job.state, instance)?;
    if log.current().is_some() {
        log.append(AttemptEvent::Finished).map_err(attempt::unusable)?;
    }
    Ok(())
}

/// Takes an instance down if it is one of another lab than this; its log and its records stay.
///
/// # Errors
/// When it is busy, or a step fails.
pub fn make_room(job: &Job, instance: &InstanceName, lab: &LabName) -> Result<(), AppError> {
    match Instance::load(&job.state, instance).ok().flatten() {
        Some(standing) if standing.lab.name != *lab => {
            down::take_down(instance, false, "lab class", &job.in_background())
        }
        _ => Ok(()),
    }
}
