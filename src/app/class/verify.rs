//! `lab class verify`: whether every point of a class follows from the records.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::Room;
use super::submit::{attempt_of, attempt_with};
use crate::app::error::AppError;
use crate::app::exercise::again::{self, Again, Basis};
use crate::app::exercise::attempt::{self, Past};
use crate::app::job::Job;
use crate::app::request::Request;
use crate::class::log::Submission;
use crate::exercise::{Exercise, Outcome};
use crate::model::ClassName;
use crate::model::spec::Digest;

/// Computes every point of a class again from the records. Reading the log has checked its chain and codes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Verify {
    /// The class. Default: the one that is open.
    pub class: Option<ClassName>,
    /// Receipts that students hold; each has to be in the log.
    pub receipts: Vec<String>,
}

/// What was computed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Verified {
    /// The class.
    pub class: ClassName,
    /// The number of lines of the log.
    pub lines: usize,
    /// The number of graded hand-ins.
    pub hand_ins: usize,
    /// The number of hand-ins that were graded again, and of which neither is accepted nor discarded.
    pub proposals: usize,
    /// The number of outcomes of their checks.
    pub outcomes: usize,
    /// What does not follow from the records and the answers.
    pub mismatches: Vec<String>,
    /// The outcomes that cannot be computed again, each with the reason. The log, whose chain holds, is their
    /// only proof.
    pub unproven: Vec<String>,
}

impl Request for Verify {
    type Outcome = Verified;
    const NAME: &'static str = "class verify";

    fn perform(&self, job: &Job) -> Result<Verified, AppError> {
        let room = Room::afresh(&job.state, self.class.as_ref())?;
        let (mut mismatches, mut unproven) = (Vec::new(), Vec::new());
        let mut count = 0;
        for (number, submission) in &room.register.submissions {
            let who = format!("{}, {}", submission.seat, submission.exercise);
            let mut look = |who: String, outcomes: &[Outcome], kept: Option<&Digest>| {
                count += outcomes.len();
                match graded_again(job, &room, submission, outcomes, kept) {
                    Ok(all) => all.into_iter().for_each(|again| match again {
                        Again::Follows => {}
                        Again::Differs(what) => mismatches.push(format!("{who}: {what}")),
                        Again::Unproven(why) => unproven.push(format!("{who}: {why}")),
                    }),
                    Err(error) => mismatches.push(format!("{who}: {}", error.line())),
                }
            };
            if let Some(outcomes) = room.register.graded.get(number) {
                look(who.clone(), outcomes, room.register.graded_with.get(number));
            }
            if let Some(proposal) = room.register.proposed.get(number) {
                look(format!("{who}, graded again"), &proposal.outcomes, Some(&proposal.exercise));
            }
        }
        let missing = self.receipts.iter().filter(|receipt| room.log.until(receipt).is_none());
        mismatches.extend(missing.map(|receipt| format!("the log has no line with the receipt {receipt}")));
        Ok(Verified {
            class: room.class.name.clone(),
            lines: room.log.lines().len(),
            hand_ins: room.register.graded.len(),
            proposals: room.register.proposed.len(),
            outcomes: count,
            mismatches,
            unproven,
        })
    }
}

/// The outcomes of a grading, computed again. An exercise that was kept decides; where an older log names
/// none, the present one does.
fn graded_again(
    job: &Job,
    room: &Room,
    submission: &Submission,
    outcomes: &[Outcome],
    kept: Option<&Digest>,
) -> Result<Vec<Again>, AppError> {
    let instance = room.place(submission.seat)?.instance;
    let Past { exercise, lines, .. } = match kept {
        Some(kept) => attempt_with(job, &instance, submission, |_| Ok(room.folder.exercise(kept)?))?,
        None => attempt_of(job, &instance, submission)?,
    };
    let records = attempt::records(&job.state, &instance);
    let mut all = again::all(&Basis { exercise: &exercise, lines: &lines, records: &records }, outcomes);
    if kept.is_some() {
        all.extend(incomplete(&exercise, outcomes).map(Again::Differs));
    }
    Ok(all)
}

/// Whether these are outcomes of other checks, or with other points, than the exercise has.
fn incomplete(exercise: &Exercise, outcomes: &[Outcome]) -> Option<String> {
    let wanted: Vec<_> = exercise.checks.iter().map(|check| (&check.name, check.points)).collect();
    let found: Vec<_> = outcomes.iter().map(|outcome| (&outcome.check, outcome.of)).collect();
    (wanted != found).then(|| "the checks are not those of the exercise".to_owned())
}
