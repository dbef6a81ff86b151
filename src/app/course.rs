//! `lab course`: courses, and how far this machine's user has come in them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::{AppError, ErrorKind};
use super::exercise::{self, Row};
use super::job::Job;
use super::request::Request;
use crate::course::{self, Course, KnownExercise, Session, Unfit, bundled_courses};
use crate::exercise::{Language, Level, Localized};
use crate::model::{CourseName, ExerciseName, LabName, Millis};

/// Lists the bundled courses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct List {}

/// A course in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CourseRow {
    /// Its name.
    pub name: CourseName,
    /// Its title.
    pub title: Localized,
    /// The languages of its texts.
    pub languages: Vec<Language>,
    /// The number of its sessions.
    pub sessions: usize,
    /// The planned time of all sessions.
    pub time: Millis,
    /// The number of its exercises, with those of `more`.
    pub exercises: usize,
    /// Of them, those that were passed on this machine.
    pub passed: usize,
}

/// Shows a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Show {
    /// The course: its name, or the path of its folder.
    pub course: String,
}

/// A course with its exercises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ShownCourse {
    /// Its name.
    pub name: CourseName,
    /// Its title.
    pub title: Localized,
    /// The languages of its texts.
    pub languages: Vec<Language>,
    /// Its sessions, in order.
    pub sessions: Vec<ShownSession>,
    /// The page for the teacher, as Markdown. It has answers.
    pub teacher: Localized,
}

/// A session of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ShownSession {
    /// Its title.
    pub title: Localized,
    /// What students can do after it.
    pub aim: Localized,
    /// The planned time.
    pub time: Millis,
    /// The exercises, in order.
    pub exercises: Vec<ShownExercise>,
    /// Exercises for those who have time left.
    pub more: Vec<ShownExercise>,
}

/// An exercise of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ShownExercise {
    /// Its name.
    pub name: ExerciseName,
    /// Its title.
    pub title: Localized,
    /// Its lab.
    pub lab: LabName,
    /// How hard it is.
    pub level: Level,
    /// The planned time.
    pub time: Millis,
    /// The best share of the points on this machine, in percent; none if it was never graded.
    pub best: Option<u32>,
    /// Whether an attempt passed.
    pub passed: bool,
}

impl Request for List {
    type Outcome = Vec<CourseRow>;
    const NAME: &'static str = "course list";

    fn perform(&self, job: &Job) -> Result<Vec<CourseRow>, AppError> {
        let exercises = Exercises::of(job)?;
        bundled_courses().iter().map(|name| Ok(row(&exercises.read(name)?, &exercises))).collect()
    }
}

impl Request for Show {
    type Outcome = ShownCourse;
    const NAME: &'static str = "course show";

    fn perform(&self, job: &Job) -> Result<ShownCourse, AppError> {
        let exercises = Exercises::of(job)?;
        let course = exercises.read(&self.course)?;
        let mut teacher = Localized::default();
        for (language, page) in course.teacher {
            teacher.set(language, page);
        }
        Ok(ShownCourse {
            name: course.name,
            title: course.title,
            languages: course.languages,
            sessions: course.sessions.into_iter().map(|session| exercises.session(session)).collect(),
            teacher,
        })
    }
}

fn row(course: &Course, exercises: &Exercises) -> CourseRow {
    let all: Vec<&ExerciseName> =
        course.sessions.iter().flat_map(|session| session.exercises.iter().chain(&session.more)).collect();
    CourseRow {
        name: course.name.clone(),
        title: course.title.clone(),
        languages: course.languages.clone(),
        sessions: course.sessions.len(),
        time: Millis(course.sessions.iter().map(|session| session.time.0).sum()),
        exercises: all.len(),
        passed: all.iter().filter(|name| exercises.0.get(**name).is_some_and(|(row, _)| row.passed)).count(),
    }
}

/// A course: a bundled one by its name, else by the path of its folder.
///
/// # Errors
/// When there is none, or all problems of its file.
pub fn read(job: &Job, argument: &str) -> Result<Course, AppError> {
    Exercises::of(job)?.read(argument)
}

/// All exercises that can be read, with what a course needs to know of them.
struct Exercises(BTreeMap<ExerciseName, (Row, KnownExercise)>);

impl Exercises {
    fn of(job: &Job) -> Result<Self, AppError> {
        let mut known = BTreeMap::new();
        for row in exercise::List::default().perform(job)? {
            let (Ok(name), Ok(about)) = (row.name.parse(), &row.about) else { continue };
            let exercise = KnownExercise {
                time: about.time,
                after: about.after.clone(),
                languages: about.languages.clone(),
            };
            known.insert(name, (row, exercise));
        }
        Ok(Self(known))
    }

    fn read(&self, argument: &str) -> Result<Course, AppError> {
        let source = course::find(argument).map_err(|unfit| match unfit {
            Unfit::Unknown { ref suggestion, .. } => {
                AppError::not_found(unfit.to_string()).hint(suggestion.clone())
            }
            Unfit::Read(_) => AppError::new(ErrorKind::BadFile, unfit.to_string()).because_sources(&unfit),
        })?;
        let known = self.0.iter().map(|(name, (_, known))| (name.clone(), known.clone())).collect();
        course::load(&source, &known).map_err(|wrong| AppError::bad_file(&wrong))
    }

    fn session(&self, session: Session) -> ShownSession {
        let shown = |names: &[ExerciseName]| names.iter().filter_map(|name| self.shown(name)).collect();
        ShownSession {
            exercises: shown(&session.exercises),
            more: shown(&session.more),
            title: session.title,
            aim: session.aim,
            time: session.time,
        }
    }

    fn shown(&self, name: &ExerciseName) -> Option<ShownExercise> {
        let (row, _) = self.0.get(name)?;
        let about = row.about.as_ref().ok()?;
        Some(ShownExercise {
            name: name.clone(),
            title: about.title.clone(),
            lab: about.lab.clone(),
            level: about.level,
            time: about.time,
            best: row.best,
            passed: row.passed,
        })
    }
}
