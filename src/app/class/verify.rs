//! `lab class verify`: whether every point of a class follows from the records.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::Room;
use super::submit::attempt_of;
use crate::app::error::AppError;
use crate::app::exercise::attempt;
use crate::app::exercise::score::mismatch;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::class::log::Submission;
use crate::exercise::Outcome;
use crate::model::ClassName;

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
    /// The number of outcomes that were computed again.
    pub outcomes: usize,
    /// What does not follow from the records.
    pub mismatches: Vec<String>,
}

impl Request for Verify {
    type Outcome = Verified;
    const NAME: &'static str = "class verify";

    fn perform(&self, job: &Job) -> Result<Verified, AppError> {
        let room = Room::of(&job.state, self.class.as_ref())?;
        let mut mismatches = Vec::new();
        let mut count = 0;
        for (number, submission) in &room.register.submissions {
            let Some(outcomes) = room.register.graded.get(number) else { continue };
            count += outcomes.len();
            let who = format!("{}, {}", submission.seat, submission.exercise);
            match wrong(job, &room, submission, outcomes) {
                Ok(wrong) => mismatches.extend(wrong.into_iter().map(|what| format!("{who}: {what}"))),
                Err(error) => mismatches.push(format!("{who}: {}", error.line())),
            }
        }
        let missing = self.receipts.iter().filter(|receipt| room.log.until(receipt).is_none());
        mismatches.extend(missing.map(|receipt| format!("the log has no line with the receipt {receipt}")));
        Ok(Verified {
            class: room.class.name.clone(),
            lines: room.log.lines().len(),
            hand_ins: room.register.graded.len(),
            outcomes: count,
            mismatches,
        })
    }
}

fn wrong(
    job: &Job,
    room: &Room,
    submission: &Submission,
    outcomes: &[Outcome],
) -> Result<Vec<String>, AppError> {
    let instance = room.place(submission.seat)?.instance;
    let past = attempt_of(job, &instance, submission)?;
    let records = attempt::records(&job.state, &instance);
    Ok(outcomes.iter().filter_map(|outcome| mismatch(&past.exercise, outcome, &records)).collect())
}
