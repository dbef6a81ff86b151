//! `lab score`: the score of the last attempt, and whether every point follows from the records.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::again::{Again, Basis, all};
use super::attempt::{self, Ongoing, scored};
use super::find;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::exercise::log::{self, Event};
use crate::exercise::{Localized, Outcome, Score};
use crate::model::{ExerciseName, InstanceName};

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

/// Computes all outcomes of the last attempt again. Opening the log has checked its chain.
fn mismatches(job: &Job, instance: &InstanceName) -> Result<Vec<String>, AppError> {
    let log = attempt::open(&job.state, instance)?;
    let Some((begun, lines)) = log.last() else { return Ok(Vec::new()) };
    let found = find::again(job, &begun.found_by, begun.exercise.as_str())?;
    let exercise = found.read(&begun.values)?.exercise;
    let records = &attempt::records(&job.state, instance);
    let mut mismatches = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        let Event::Graded { outcomes } = &line.event else { continue };
        // What was answered later counts for later gradings only.
        let before = lines.get(..place).unwrap_or_default();
        let all = all(&Basis { exercise: &exercise, lines: before, records }, outcomes);
        mismatches.extend(all.into_iter().filter_map(|again| match again {
            Again::Differs(what) => Some(what),
            Again::Follows | Again::Unproven(_) => None,
        }));
    }
    Ok(mismatches)
}
