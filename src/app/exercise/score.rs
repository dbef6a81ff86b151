//! `lab score`: the score of the last attempt, and whether every point follows from the records.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attempt::{self, Ongoing, scored};
use super::copy::{Performed, read};
use super::find;
use super::look;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::exercise::judge::{self, Judged, Run, WHOLE};
use crate::exercise::log::{self, Event};
use crate::exercise::{CheckKind, Exercise, Localized, Outcome, Score, State};
use crate::model::{ExerciseName, InstanceName};
use crate::record::RECORD_FILE;

/// Shows the score of the last attempt on an instance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShowScore {
    /// The instance. Default: the only one with an exercise.
    pub instance: Option<InstanceName>,
    /// Compute every point again from the records.
    pub verify: bool,
}

/// The score of an attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CurrentScore {
    /// The exercise.
    pub exercise: ExerciseName,
    /// Its title.
    pub title: Localized,
    /// The titles of its checks, in order.
    pub checks: Vec<Localized>,
    /// The outcomes of the last grading; empty before the first.
    pub outcomes: Vec<Outcome>,
    /// How often it was graded.
    pub gradings: usize,
    /// How many hints were bought.
    pub hints: usize,
    /// The score: that of the best grading.
    pub score: Score,
    /// Whether the attempt was ended.
    pub finished: bool,
    /// The digest of the last line of the log: a receipt for all that happened until then.
    pub receipt: String,
    /// What does not follow from the records; none if nothing was computed again.
    pub mismatches: Option<Vec<String>>,
}

impl Request for ShowScore {
    type Outcome = CurrentScore;
    const NAME: &'static str = "score";

    fn perform(&self, job: &Job) -> Result<CurrentScore, AppError> {
        let instance = match (Ongoing::of(job, self.instance.as_ref()), &self.instance) {
            (Ok(ongoing), _) => ongoing.instance,
            (Err(_), instance) => job.choose(instance.as_ref())?,
        };
        let mut score = current(job, &instance)?;
        if self.verify {
            score.mismatches = Some(mismatches(job, &instance)?);
        }
        Ok(score)
    }
}

/// The score of the last attempt on an instance.
///
/// # Errors
/// When there is none, or its exercise cannot be read any more.
pub fn current(job: &Job, instance: &InstanceName) -> Result<CurrentScore, AppError> {
    let log = attempt::open(&job.state, instance)?;
    let Some((begun, lines)) = log.last() else {
        return Err(AppError::not_found(format!("no exercise was begun on {instance}"))
            .hint("`lab exercise list` shows the exercises, `lab start NAME` begins one"));
    };
    let found = find::again(job, &begun.found_by, begun.exercise.as_str())?;
    let exercise = found.read(&begun.values)?.exercise;
    Ok(CurrentScore {
        exercise: exercise.name.clone(),
        title: exercise.title.clone(),
        checks: exercise.checks.iter().map(|check| check.title.clone()).collect(),
        outcomes: log::last_grading(lines).unwrap_or_default().to_vec(),
        gradings: log::gradings(lines).count(),
        hints: log::hints(lines).count(),
        score: scored(&exercise, lines),
        finished: lines.iter().any(|line| line.event == Event::Finished),
        receipt: log.head().to_owned(),
        mismatches: None,
    })
}

/// Computes all outcomes of the last attempt again from their records. Opening the log has checked its chain.
fn mismatches(job: &Job, instance: &InstanceName) -> Result<Vec<String>, AppError> {
    let log = attempt::open(&job.state, instance)?;
    let Some((begun, lines)) = log.last() else { return Ok(Vec::new()) };
    let found = find::again(job, &begun.found_by, begun.exercise.as_str())?;
    let exercise = found.read(&begun.values)?.exercise;
    let folder = attempt::records(&job.state, instance);
    let all = log::gradings(lines).flatten();
    Ok(all.filter_map(|outcome| mismatch(&exercise, outcome, &folder)).collect())
}

/// Why an outcome does not follow from its records; none if it does, or has none.
pub fn mismatch(exercise: &Exercise, outcome: &Outcome, folder: &Path) -> Option<String> {
    let mut runs = Vec::new();
    for kept in &outcome.records {
        let file = folder.join(&kept.record).join(RECORD_FILE);
        match read(&file) {
            Err(error) => return Some(format!("{}: {}", outcome.check, error.line())),
            Ok(found) if found.record.digest != kept.digest => {
                return Some(format!("{}: the record {} was changed", outcome.check, kept.record));
            }
            Ok(found) => runs.push(found),
        }
    }
    let judged = again(exercise, outcome, runs)?;
    let share = if judged.state == State::Inconclusive { 0 } else { judged.share };
    let points = outcome.of * share / WHOLE;
    (judged.state != outcome.state || points != outcome.points).then(|| {
        format!("{}: the records give {points} points, the log says {}", outcome.check, outcome.points)
    })
}

/// The judgement on the records of an outcome; none if it does not rest on records, or on those of a drill
/// with bounds that the machine gave.
fn again(exercise: &Exercise, outcome: &Outcome, mut runs: Vec<Performed>) -> Option<Judged> {
    let check = exercise.check(&outcome.check)?;
    let first = || runs.first();
    match &check.kind {
        CheckKind::Soak { .. } => Some(first()?.run.soak()),
        CheckKind::Drill(measured) if !judge::is_relative(measured) => {
            let runs: Vec<Run> = runs.drain(..).map(|done| done.run).collect();
            Some(judge::measured(measured, &runs, None))
        }
        _ => look::observed(check, first()?),
    }
}
