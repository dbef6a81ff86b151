//! `lab class open`: makes a class of its file, or takes it up again.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::boundary::{stays_inside, tell_of_emulation};
use super::find::Room;
use crate::app::error::{AppError, ErrorKind};
use crate::app::exercise::find;
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::base::folder::Folder;
use crate::base::text_file;
use crate::class::file::{self, ClassPlan, Work};
use crate::class::log::Event;
use crate::class::roster::{self, Roster};
use crate::class::store::{Class, ClassExercise, ClassFolder};
use crate::exercise::draw;
use crate::model::spec::Digest;
use crate::model::{ClassName, InstanceName};

/// Opens a class. One that was opened before goes on: nothing of it is lost, and its times may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Open {
    /// The file that describes the class.
    pub file: PathBuf,
}

/// A class that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Opened {
    /// The class.
    pub class: ClassName,
    /// The number of students.
    pub students: usize,
    /// The instances, one for each student or group.
    pub instances: Vec<InstanceName>,
    /// The columns of the roster that were read.
    pub columns: Vec<String>,
    /// Whether it was opened before.
    pub again: bool,
}

impl Request for Open {
    type Outcome = Opened;
    const NAME: &'static str = "class open";

    fn changes(&self) -> Option<Subject> {
        Some(Subject(vec![self.file.display().to_string()]))
    }

    fn perform(&self, job: &Job) -> Result<Opened, AppError> {
        let (folder, plan) = plan_of(&self.file)?;
        let folder = folder.as_path();
        let roster = self::roster(job, folder, &plan)?;
        let exercises = exercises(job, folder, &plan.work)?;
        tell_of_emulation(job);
        let class = Class {
            name: plan.name,
            title: plan.title,
            students: roster.students,
            exercises,
            begins: plan.begins,
            ends: plan.ends,
            late: plan.late,
            exam: plan.exam,
            save_every: plan.save_every,
        };
        open(job, class, roster.read)
    }
}

/// What a file says of a class, with the folder that it is in.
///
/// # Errors
/// When it cannot be read, or something in it is wrong.
pub fn plan_of(file: &Path) -> Result<(PathBuf, ClassPlan), AppError> {
    let path = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let text = text_file::read(&path).map_err(|error| {
        AppError::new(ErrorKind::BadFile, "the file of the class cannot be read")
            .because(error)
            .hint("`lab class new` writes one")
    })?;
    let plan = file::load(&file.display().to_string(), &text).map_err(|wrong| AppError::bad_file(&wrong))?;
    Ok((path.parent().unwrap_or(Path::new("/")).to_owned(), plan))
}

/// Opens a class, which was read.
///
/// # Errors
/// When another class is open, an instance is there already, or the folder cannot be written.
pub(super) fn open(job: &Job, class: Class, columns: Vec<String>) -> Result<Opened, AppError> {
    if let Some(other) = Room::open(&job.state)?.filter(|room| room.class.name != class.name) {
        let name = &other.class.name;
        return Err(AppError::new(ErrorKind::Busy, format!("the class `{name}` is open"))
            .hint(format!("`lab class close --class {name}` closes it")));
    }
    let folder = ClassFolder::of(&job.state, &class.name);
    let before = folder.class()?;
    let instances = instances(&class)?;
    match &before {
        Some(before) => same_students(before, &class)?,
        None => unused(job, &instances)?,
    }
    folder.write(&class)?;
    let mut events = vec![Event::Opened { class: Digest::of(&class) }];
    // Another deadline in the file replaces what was said before.
    if let Some(until) = class.ends.filter(|_| before.as_ref().is_some_and(|one| one.ends != class.ends)) {
        events.push(Event::Extended { seat: None, until });
    }
    folder.append(|_| Ok::<_, AppError>(events))?;
    Ok(Opened {
        class: class.name,
        students: class.students.len(),
        instances,
        columns,
        again: before.is_some(),
    })
}

fn instances(class: &Class) -> Result<Vec<InstanceName>, AppError> {
    let name = |seat| {
        class.instance(seat).map_err(|error| AppError::failed("an instance has no name").because(error))
    };
    class.benches().iter().map(|bench| name(bench.seat)).collect()
}

/// Seats are numbered by the order of the roster, and all that belongs to a student has the seat's name.
fn same_students(before: &Class, now: &Class) -> Result<(), AppError> {
    let moved = before.students.iter().find(|student| {
        now.student(student.seat).is_none_or(|now| now.name != student.name || now.id != student.id)
    });
    let Some(moved) = moved else { return Ok(()) };
    let (seat, name, class) = (moved.seat, &moved.name, &now.name);
    Err(AppError::usage(format!("{seat} is {name} in the open class, and another in the roster"))
        .hint("leave the lines of the roster in their order, and add students at its end")
        .hint(format!("for another class, change `name`, or `lab class purge {class}`")))
}

/// Refuses to take over instances that were there before the class.
fn unused(job: &Job, instances: &[InstanceName]) -> Result<(), AppError> {
    let standing = job.instances().unwrap_or_default();
    match instances.iter().find(|name| standing.contains(name)) {
        None => Ok(()),
        Some(name) => Err(AppError::new(ErrorKind::Busy, format!("there is an instance `{name}` already"))
            .hint(format!("`lab down {name} --purge` takes it away, or change `name` of the class"))),
    }
}

/// The students of a class.
///
/// # Errors
/// When the roster cannot be read, or something in it is wrong.
pub fn roster(job: &Job, folder: &Path, plan: &ClassPlan) -> Result<Roster, AppError> {
    let unreadable = |error: std::io::Error| {
        AppError::new(ErrorKind::BadFile, format!("the roster `{}` cannot be read", plan.roster))
            .because(error)
            .hint("`roster` names a CSV file beside the file of the class")
    };
    let bytes = Folder::open(folder, job.trusted())
        .and_then(|folder| folder.bytes(&plan.roster))
        .map_err(unreadable)?;
    roster::read(&bytes).map_err(|errors| {
        let lines: Vec<String> = errors.0.iter().map(|error| format!("{}: {error}", plan.roster)).collect();
        AppError::new(ErrorKind::BadFile, lines.join("\n"))
    })
}

/// The exercises, each with what the class shows of it.
///
/// # Errors
/// When one cannot be found or read.
pub fn exercises(job: &Job, folder: &Path, work: &Work) -> Result<Vec<ClassExercise>, AppError> {
    let names = match work {
        Work::Exercises(names) => names.iter().map(|name| beside(folder, name)).collect(),
        Work::Course(course) => of_course(job, &beside(folder, course))?,
    };
    let known = |found_by: &String| {
        let found = find::find(job, found_by, job.trusted())?;
        // What the class shows does not depend on the values of variables.
        let read = found.read(&draw(&found.source.variables(), 0))?;
        stays_inside(&read.loaded.lab)?;
        let exercise = read.exercise;
        Ok(ClassExercise {
            points: exercise.points(),
            name: exercise.name,
            found_by: found_by.clone(),
            title: exercise.title,
            level: exercise.level,
            time: exercise.time,
            after: exercise.after,
        })
    };
    let mut exercises: Vec<ClassExercise> = names.iter().map(known).collect::<Result<_, AppError>>()?;
    let all: Vec<_> = exercises.iter().map(|exercise| exercise.name.clone()).collect();
    // What the class does not do cannot be asked for.
    exercises.iter_mut().for_each(|exercise| exercise.after.retain(|before| all.contains(before)));
    Ok(exercises)
}

/// A path in a file is meant from the folder of the file.
fn beside(folder: &Path, argument: &str) -> String {
    match crate::labfile::is_path(argument) {
        true => folder.join(argument).display().to_string(),
        false => argument.to_owned(),
    }
}

fn of_course(job: &Job, argument: &str) -> Result<Vec<String>, AppError> {
    let course = crate::app::course::read(job, argument)?;
    let sessions = course.sessions.iter();
    let names = sessions.flat_map(|session| session.exercises.iter().chain(&session.more));
    Ok(names.map(ToString::to_string).collect())
}
