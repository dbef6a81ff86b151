//! `lab exercise list`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attempt;
use super::find;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::exercise::log::{self, Event};
use crate::exercise::{Language, Level, Localized, draw, score};
use crate::model::spec::Digest;
use crate::model::{ExerciseName, LabName, Millis};

/// Lists the exercises of all known labs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct List {}

/// An exercise in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    /// Its name.
    pub name: String,
    /// The argument with which its lab is found.
    pub lab: String,
    /// What can be told of it; an error if it cannot be read.
    pub about: Result<About, AppError>,
    /// The best share of the points on this machine, in percent, rounded down; none if it was never graded.
    pub best: Option<u32>,
    /// Whether an attempt passed.
    pub passed: bool,
}

/// What a list tells of an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct About {
    /// Its title.
    pub title: Localized,
    /// The name of its lab.
    pub lab: LabName,
    /// How hard it is.
    pub level: Level,
    /// The planned time.
    pub time: Millis,
    /// What a student learns.
    pub skills: Vec<String>,
    /// Exercises to do before.
    pub after: Vec<ExerciseName>,
    /// The languages of its texts.
    pub languages: Vec<Language>,
    /// The digest of its files.
    pub digest: Digest,
}

impl Request for List {
    type Outcome = Vec<Row>;
    const NAME: &'static str = "exercise list";

    fn perform(&self, job: &Job) -> Result<Vec<Row>, AppError> {
        let mut rows = Vec::new();
        for (name, found) in find::all(job) {
            let lab = found.as_ref().map(|found| found.lab.clone()).unwrap_or_default();
            let read = found.and_then(|found| {
                let values = draw(&found.source.variables(), 0);
                let read = found.read(&values)?;
                Ok((read.exercise, read.loaded.lab.name, found.source.digest()))
            });
            let (best, passed) = match &read {
                Ok((exercise, ..)) => results(job, exercise),
                Err(_) => (None, false),
            };
            let about = read.map(|(exercise, lab, digest)| About {
                title: exercise.title,
                lab,
                level: exercise.level,
                time: exercise.time,
                skills: exercise.skills,
                after: exercise.after,
                languages: exercise.languages,
                digest,
            });
            rows.push(Row { name, lab, about, best, passed });
        }
        rows.sort_by_key(|row| {
            let about = row.about.as_ref().ok();
            (about.map(|about| about.level), about.map(|about| about.time), row.name.clone())
        });
        Ok(rows)
    }
}

/// The best share of the points, and whether an attempt passed, on all instances of this machine.
fn results(job: &Job, exercise: &crate::exercise::Exercise) -> (Option<u32>, bool) {
    let (mut best, mut passed) = (None, false);
    let folders = fs_err::read_dir(job.state.exercises_root()).into_iter().flatten().flatten();
    for name in folders.filter_map(|entry| entry.file_name().to_str().and_then(|name| name.parse().ok())) {
        let Ok(log) = attempt::open(&job.state, &name) else { continue };
        let lines = log.lines();
        let begins: Vec<usize> =
            (0..lines.len()).filter(|place| matches!(lines[*place].event, Event::Started(_))).collect();
        for (index, begin) in begins.iter().enumerate() {
            let Event::Started(begun) = &lines[*begin].event else { continue };
            let end = begins.get(index + 1).copied().unwrap_or(lines.len());
            let of_attempt = &lines[begin + 1..end];
            if begun.exercise != exercise.name || log::last_grading(of_attempt).is_none() {
                continue;
            }
            let hints = log::hints(of_attempt).map(|(_, cost)| cost);
            let result = score(exercise.score, exercise.points(), log::gradings(of_attempt), hints);
            best = best.max(u32::try_from(result.hundredths() / 100).ok());
            passed |= result.passed();
        }
    }
    (best, passed)
}
