//! `lab class regrade`: grades hand-ins again after an exercise was changed. What was graded stays the grade
//! until the new outcomes are accepted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::board::scored;
use super::find::Room;
use super::grade::outcomes;
use super::submit::attempt_with;
use crate::app::error::{AppError, ErrorKind};
use crate::app::exercise::attempt::{self, Past};
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::class::log::{Event, Submission};
use crate::class::register::{Proposal, Register};
use crate::class::roster::Seat;
use crate::diagnostic::suggestion;
use crate::exercise::{Outcome, Score};
use crate::model::{CheckName, ClassName, ExerciseName};

/// Grades hand-ins again that were graded before, with the exercise as it is now. Ended in the middle, it
/// goes on where it stopped. Grades change only when what it found is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Regrade {
    /// The class. Default: the one that is open.
    pub class: Option<ClassName>,
    /// Only those of this student: a seat or a name.
    pub student: Option<String>,
    /// Only those of this exercise.
    pub exercise: Option<ExerciseName>,
    /// Grade nothing: what was found before become the grades.
    pub accept: bool,
    /// Grade nothing: what was found before is given up.
    pub discard: bool,
}

/// What was graded again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Regraded {
    /// The class.
    pub class: ClassName,
    /// Each hand-in, in the order in which they were handed in.
    pub hand_ins: Vec<RegradedHandIn>,
    /// Those that could not be graded again; their grades stay.
    pub left_out: Vec<NotRegraded>,
}

/// A hand-in that was graded again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RegradedHandIn {
    /// The seat.
    pub seat: Seat,
    /// The exercise.
    pub exercise: ExerciseName,
    /// The score with the earlier outcomes, before what lateness costs.
    pub before: Score,
    /// The score with the new ones.
    pub after: Score,
    /// The checks whose state or points differ.
    pub changed: Vec<CheckName>,
}

/// A hand-in that could not be graded, or not again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct NotRegraded {
    /// The seat.
    pub seat: Seat,
    /// The exercise.
    pub exercise: ExerciseName,
    /// Why.
    pub error: AppError,
}

impl Request for Regrade {
    type Outcome = Regraded;
    const NAME: &'static str = "class regrade";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.class.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<Regraded, AppError> {
        if self.accept && self.discard {
            return Err(AppError::usage("what was graded again is accepted or discarded, not both"));
        }
        let room = Room::of(&job.state, self.class.as_ref())?;
        let wanted = self.wanted(&room)?;
        if self.accept || self.discard {
            return self.settle(job, &room, &wanted);
        }
        let (mut hand_ins, mut left_out) = (Vec::new(), Vec::new());
        let graded = |number: &u64| room.register.graded.contains_key(number);
        for (number, one) in
            room.register.counting().filter(|(number, one)| wanted.has(one) && graded(number))
        {
            match again(job, &room, *number, one) {
                Ok(done) => {
                    job.say(format!("{} of {}: {}", one.exercise, one.seat, shown(&done)));
                    hand_ins.push(done);
                }
                Err(error) if error.kind == ErrorKind::Interrupted => return Err(error),
                Err(error) => {
                    job.problem(&error.clone().about(&room.place(one.seat)?.instance));
                    left_out.push(NotRegraded { seat: one.seat, exercise: one.exercise.clone(), error });
                }
            }
        }
        Ok(Regraded { class: room.class.name, hand_ins, left_out })
    }
}

/// Which hand-ins are meant.
struct Wanted {
    seat: Option<Seat>,
    exercise: Option<ExerciseName>,
}

impl Wanted {
    fn has(&self, one: &Submission) -> bool {
        self.seat.is_none_or(|seat| seat == one.seat)
            && self.exercise.as_ref().is_none_or(|exercise| *exercise == one.exercise)
    }
}

impl Regrade {
    fn wanted(&self, room: &Room) -> Result<Wanted, AppError> {
        let seat = match &self.student {
            Some(student) => Some(room.place(room.seat(student)?)?.bench.seat),
            None => None,
        };
        let unknown = |name: &&ExerciseName| room.class.exercise(name).is_none();
        if let Some(name) = self.exercise.as_ref().filter(unknown) {
            let known = room.class.exercises.iter().map(|one| one.name.as_str());
            return Err(AppError::not_found(format!("the class has no exercise `{name}`")).hint(suggestion(
                name.as_str(),
                "exercise",
                known,
            )));
        }
        Ok(Wanted { seat, exercise: self.exercise.clone() })
    }

    /// Makes what was found before the grades, or gives it up.
    fn settle(&self, job: &Job, room: &Room, wanted: &Wanted) -> Result<Regraded, AppError> {
        let mut hand_ins = Vec::new();
        room.folder.append(|log| {
            // Another process may have accepted or discarded some meanwhile.
            let register = Register::of(log.lines());
            let mut events = Vec::new();
            for (number, one) in register.counting().filter(|(_, one)| wanted.has(one)) {
                let Some(proposal) = register.proposed.get(number) else { continue };
                hand_ins.push(compared(job, room, (*number, one), proposal)?);
                let (seat, submission) = (one.seat, *number);
                events.push(match self.accept {
                    true => Event::Graded {
                        seat,
                        submission,
                        outcomes: proposal.outcomes.clone(),
                        exercise: Some(proposal.exercise.clone()),
                    },
                    false => Event::Discarded { seat, submission },
                });
            }
            match events.is_empty() {
                true => Err(AppError::not_found("nothing that was graded again waits for a decision")
                    .hint("`lab class regrade` grades hand-ins again")),
                false => Ok(events),
            }
        })?;
        Ok(Regraded { class: room.class.name.clone(), hand_ins, left_out: Vec::new() })
    }
}

/// Grades a hand-in again, unless that was done with this exercise already, and writes down what is proposed.
fn again(job: &Job, room: &Room, number: u64, submission: &Submission) -> Result<RegradedHandIn, AppError> {
    let instance = room.place(submission.seat)?.instance;
    let past = attempt_with(job, &instance, submission, |attempt| attempt::exercise_now(job, attempt))?;
    let exercise = room.folder.keep(&past.exercise)?;
    if let Some(done) = room.register.proposed.get(&number).filter(|done| done.exercise == exercise) {
        return compared(job, room, (number, submission), done);
    }
    job.say(format!("grading {} of {} again", submission.exercise, submission.seat));
    let outcomes = outcomes(job, room, submission, &past)?;
    let proposal = Proposal { outcomes, exercise };
    let done = compared(job, room, (number, submission), &proposal)?;
    let Proposal { outcomes, exercise } = proposal;
    let event = Event::Proposed { seat: submission.seat, submission: number, outcomes, exercise };
    room.folder.append(|_| Ok::<_, AppError>(vec![event]))?;
    Ok(done)
}

/// What differs between the grade of a hand-in and what is proposed for it.
fn compared(
    job: &Job,
    room: &Room,
    (number, submission): (u64, &Submission),
    proposal: &Proposal,
) -> Result<RegradedHandIn, AppError> {
    let past = room.graded_with(job, &room.place(submission.seat)?, (number, submission))?;
    let earlier = room.register.graded.get(&number).map(Vec::as_slice).unwrap_or_default();
    // Where an older log does not say what was graded with, the present exercise may have other points.
    let before = Score { of: earlier.iter().map(|outcome| outcome.of).sum(), ..scored(&past, earlier) };
    let past = Past { exercise: room.folder.exercise(&proposal.exercise)?, ..past };
    Ok(RegradedHandIn {
        seat: submission.seat,
        exercise: submission.exercise.clone(),
        before,
        after: scored(&past, &proposal.outcomes),
        changed: changed(earlier, &proposal.outcomes),
    })
}

/// The checks that have another state or other points, in the order of the new outcomes, then those that are
/// no more.
fn changed(before: &[Outcome], after: &[Outcome]) -> Vec<CheckName> {
    let same = |one: &Outcome, other: &Outcome| {
        (&one.check, one.state, one.points, one.of) == (&other.check, other.state, other.points, other.of)
    };
    let differs = |one: &&Outcome| !before.iter().any(|earlier| same(one, earlier));
    let gone = |one: &&Outcome| !after.iter().any(|later| later.check == one.check);
    let all = after.iter().filter(differs).chain(before.iter().filter(gone));
    all.map(|outcome| outcome.check.clone()).collect()
}

fn shown(done: &RegradedHandIn) -> String {
    let RegradedHandIn { before, after, .. } = done;
    format!("{} of {} points before, {} of {} now", before.points, before.of, after.points, after.of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exercise::State;
    use crate::model::Origin;

    fn outcome(check: &str, points: u32, of: u32) -> Outcome {
        let state = if points > 0 { State::Passed } else { State::Failed };
        let (seen, records) = (Vec::new(), Vec::new());
        Outcome { check: check.parse().unwrap(), state, points, of, seen, origin: Origin::Seen, records }
    }

    #[test]
    fn checks_differ_by_points_by_what_they_could_have_and_by_being_there() {
        let before = [outcome("same", 5, 10), outcome("more", 0, 10), outcome("gone", 1, 1)];
        let after = [outcome("worth", 5, 20), outcome("same", 5, 10), outcome("more", 10, 10)];
        let names: Vec<String> = changed(&before, &after).iter().map(ToString::to_string).collect();
        assert_eq!(names, ["worth", "more", "gone"]);
        assert!(changed(&before, &before).is_empty());
    }
}
