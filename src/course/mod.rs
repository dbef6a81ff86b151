//! Courses: an order of exercises in sessions, and a page for the teacher.

mod file;
mod source;

use std::collections::BTreeMap;

use crate::exercise::{Language, Localized};
use crate::model::{CourseName, ExerciseName, Millis};

pub use file::{load, schema};
pub use source::{Unfit, bundled_courses, find};

/// A course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// Its name.
    pub name: CourseName,
    /// Its title.
    pub title: Localized,
    /// The languages of its texts.
    pub languages: Vec<Language>,
    /// Its sessions, in order.
    pub sessions: Vec<Session>,
    /// The page for the teacher, as Markdown.
    pub teacher: BTreeMap<Language, String>,
}

/// A session of a course: what a class does in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its title.
    pub title: Localized,
    /// What students can do after it, in one sentence.
    pub aim: Localized,
    /// The planned time.
    pub time: Millis,
    /// The exercises, in order.
    pub exercises: Vec<ExerciseName>,
    /// Exercises for those who have time left.
    pub more: Vec<ExerciseName>,
}

/// What a course needs to know of an exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownExercise {
    /// The planned time.
    pub time: Millis,
    /// Exercises to do before.
    pub after: Vec<ExerciseName>,
    /// The languages of its texts.
    pub languages: Vec<Language>,
}
