//! A rehearsal: a class of invented students, which is made for a few minutes and deleted with all that
//! belongs to it.

mod delete;
mod room;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::Room;
use super::open::{Opened, exercises, open, plan_of};
use crate::app::error::{AppError, ErrorKind};
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::base::lock::Lock;
use crate::class::file::Work;
use crate::class::roster::{MOST, Seat, Student};
use crate::class::store::{Class, ClassFolder};
use crate::exercise::{Language, Localized};
use crate::model::{ClassName, ExerciseName, InstanceName, Millis};
use crate::state::StateDir;

use delete::delete;
pub use room::{MachineRoom, memory_of};

/// The name of the class.
pub const REHEARSAL: &str = "rehearsal";

/// How often a cluster would be saved, as in a class without `save-every`.
const SAVE_EVERY: Millis = Millis(600_000);

/// Opens a class of invented students. What an earlier rehearsal left is deleted first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rehearse {
    /// The file of the class whose exercises are worked on.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// The exercise, if there is no file.
    #[serde(default)]
    pub exercise: Option<String>,
    /// The number of students.
    pub students: usize,
}

/// A class of invented students.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rehearsed {
    /// The class.
    pub class: ClassName,
    /// The instances, one for each student.
    pub instances: Vec<InstanceName>,
    /// The exercise that is worked on.
    pub exercise: ExerciseName,
}

/// Deletes the rehearsal: its instances with their keys and records, its checkpoints, and its folder.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct EndRehearsal {}

impl Request for Rehearse {
    type Outcome = Rehearsed;
    const NAME: &'static str = "class rehearse";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(vec![REHEARSAL.to_owned()]))
    }

    fn perform(&self, job: &Job) -> Result<Rehearsed, AppError> {
        if !(1..=MOST).contains(&self.students) {
            return Err(AppError::usage(format!("a class has 1 to {MOST} students")));
        }
        let name = name()?;
        if let Some(room) = own(job, &name)? {
            job.say("deleting what an earlier rehearsal left");
            delete(job, &room)?;
        }
        let (exercises, title, save_every) = match (&self.file, &self.exercise) {
            (Some(file), None) => {
                let (folder, plan) = plan_of(file)?;
                (exercises(job, &folder, &plan.work)?, plan.title, plan.save_every)
            }
            (None, Some(exercise)) => {
                let work = Work::Exercises(vec![exercise.clone()]);
                (exercises(job, &current()?, &work)?, title(), SAVE_EVERY)
            }
            _ => {
                return Err(AppError::usage("a rehearsal needs the file of a class, or an exercise")
                    .hint("`lab class rehearse class.toml`, or `lab class rehearse --exercise NAME`"));
            }
        };
        let first = exercises.iter().find(|exercise| exercise.after.is_empty()).ok_or_else(|| {
            AppError::usage("the class has no exercise that can begin")
                .hint("each exercise comes after another one")
        })?;
        let exercise = first.name.clone();
        let class = Class {
            name,
            title,
            students: students(self.students),
            exercises,
            begins: None,
            ends: None,
            late: None,
            exam: false,
            save_every,
        };
        let Opened { class, instances, .. } = open(job, class, Vec::new())?;
        Ok(Rehearsed { class, instances, exercise })
    }
}

impl Request for EndRehearsal {
    type Outcome = ();
    const NAME: &'static str = "class rehearse end";

    fn changes(&self) -> Option<Subject> {
        Some(Subject(vec![REHEARSAL.to_owned()]))
    }

    fn perform(&self, job: &Job) -> Result<(), AppError> {
        own(job, &name()?)?.map_or(Ok(()), |room| delete(job, &room))
    }
}

/// Keeps other rehearsals away while the value lives.
///
/// # Errors
/// When another rehearsal goes on, or the state folder cannot be written.
pub fn hold_rehearsal(state: &StateDir) -> Result<Held, AppError> {
    let failed = |error| AppError::failed("the state folder cannot be written").because(error);
    let path = state.classes().join(format!(".{REHEARSAL}"));
    match Lock::try_of(&path).map_err(failed)? {
        Some(lock) => Ok(Held { path, _lock: lock }),
        None => Err(AppError::new(ErrorKind::Busy, "another rehearsal goes on")
            .hint("Ctrl-C ends it, and deletes what it made")),
    }
}

/// The right to rehearse, which one process has.
#[derive(Debug)]
pub struct Held {
    path: PathBuf,
    _lock: Lock,
}

impl Drop for Held {
    fn drop(&mut self) {
        // Still locked: a process that opens the file from now on makes another one.
        let _ = fs_err::remove_file(&self.path);
    }
}

fn name() -> Result<ClassName, AppError> {
    REHEARSAL.parse().map_err(|error| AppError::failed("the rehearsal has no name").because(error))
}

fn title() -> Localized {
    let mut title = Localized::default();
    title.set(Language::En, "A rehearsal".to_owned());
    title.set(Language::Id, "Gladi bersih".to_owned());
    title
}

/// The folder from which a path of an exercise is meant.
fn current() -> Result<PathBuf, AppError> {
    std::path::absolute(".").map_err(|error| AppError::failed("there is no current folder").because(error))
}

fn students(count: usize) -> Vec<Student> {
    let student = |number| {
        let seat = Seat::new(number, count)?;
        Some(Student { seat, name: invented(seat), id: None, email: None, group: None })
    };
    (1..=count).filter_map(student).collect()
}

/// The name of an invented student, which also says that a class is a rehearsal.
fn invented(seat: Seat) -> String {
    format!("Rehearsal student {}", seat.number())
}

/// The rehearsal that is there; none if there is none.
///
/// # Errors
/// When a class of persons has its name.
fn own(job: &Job, name: &ClassName) -> Result<Option<Room>, AppError> {
    if ClassFolder::of(&job.state, name).class()?.is_none() {
        return Ok(None);
    }
    let room = Room::of(&job.state, Some(name))?;
    if room.class.students.iter().all(|student| student.name == invented(student.seat)) {
        return Ok(Some(room));
    }
    Err(AppError::new(ErrorKind::Busy, format!("there is a class `{name}` of persons"))
        .hint("give it another name: this one is for rehearsals"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Cancel, Halab};

    fn halab() -> (tempfile::TempDir, Halab) {
        let folder = tempfile::tempdir().unwrap();
        let halab = Halab::at(folder.path().join("state")).simulated();
        (folder, halab)
    }

    fn run<R: Request>(halab: &Halab, request: &R) -> Result<R::Outcome, AppError> {
        halab.run(request, &Cancel::default(), Box::new(|_| {}))
    }

    fn wanted(students: usize) -> Rehearse {
        Rehearse { file: None, exercise: Some("who-am-i".to_owned()), students }
    }

    #[test]
    fn a_rehearsal_is_a_class_that_can_be_deleted() {
        let (_folder, halab) = halab();
        let done = run(&halab, &wanted(2)).unwrap();
        assert_eq!(done.instances.len(), 2);
        assert_eq!(done.exercise.as_str(), "who-am-i");
        // One that was killed is replaced.
        assert_eq!(run(&halab, &wanted(3)).unwrap().instances.len(), 3);
        run(&halab, &EndRehearsal {}).unwrap();
        assert!(!halab.state.classes().join(REHEARSAL).exists());
        run(&halab, &EndRehearsal {}).unwrap();
    }

    #[test]
    fn a_class_of_persons_is_not_touched() {
        let (_folder, halab) = halab();
        run(&halab, &wanted(1)).unwrap();
        let folder = ClassFolder::of(&halab.state, &name().unwrap());
        let mut class = folder.class().unwrap().unwrap();
        class.students[0].name = "Siti".to_owned();
        folder.write(&class).unwrap();
        for refused in [run(&halab, &wanted(1)).map(drop), run(&halab, &EndRehearsal {})] {
            assert_eq!(refused.unwrap_err().kind, ErrorKind::Busy);
        }
        assert!(folder.class().unwrap().is_some());
    }

    #[test]
    fn one_process_rehearses_at_a_time() {
        let (_folder, halab) = halab();
        let held = hold_rehearsal(&halab.state).unwrap();
        assert_eq!(hold_rehearsal(&halab.state).unwrap_err().kind, ErrorKind::Busy);
        drop(held);
        assert!(!halab.state.classes().join(format!(".{REHEARSAL}")).exists());
        assert!(hold_rehearsal(&halab.state).is_ok());
    }
}
