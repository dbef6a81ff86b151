//! Tests one variant of an exercise.

use std::cell::Cell;

use super::steps::{Ended, Steps};
use super::{COMMAND, StepKind};
use crate::app::checkpoint::put_back;
use crate::app::drill::{Order, perform};
use crate::app::error::AppError;
use crate::app::exercise::attempt;
use crate::app::exercise::checks::{Grading, Shown};
use crate::app::exercise::grade;
use crate::app::exercise::hint::next;
use crate::app::exercise::replay::Replaying;
use crate::app::exercise::start_state::{self, Proof};
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::app::request::Request;
use crate::app::up::Up;
use crate::app::wanted::Wish;
use crate::checkpoint::Checkpoint;
use crate::exercise::{Check, CheckKind, Exercise, Language, Outcome, State, Values, Wrong, score, words};
use crate::model::drill::Drill;
use crate::model::spec::Digest;
use crate::model::{CheckName, CheckpointId, ForExercise, InstanceName, Millis};
use crate::record::Ending;

/// A step after the start.
enum Part<'a> {
    Hints,
    Untouched,
    Solution,
    SolutionAgain,
    Reboot,
    Wrong(&'a Wrong),
}

impl Part<'_> {
    fn kind(&self) -> StepKind {
        match self {
            Self::Hints => StepKind::Hints,
            Self::Untouched => StepKind::Untouched,
            Self::Solution => StepKind::Solution,
            Self::SolutionAgain => StepKind::Again,
            Self::Reboot => StepKind::Reboot,
            Self::Wrong(_) => StepKind::Wrong,
        }
    }
}

/// Tests one variant of an exercise.
pub struct Tester<'a> {
    /// The operation.
    pub job: &'a Job,
    /// The exercise with the values of the variant.
    pub exercise: &'a Exercise,
    /// The values.
    pub values: &'a Values,
    /// The argument with which the lab is found.
    pub lab: &'a str,
    /// The instance on which all steps are done.
    pub instance: &'a InstanceName,
    /// The kinds of steps to take; empty for all.
    pub only: &'a [StepKind],
    /// How many checks the step that goes on had to repeat.
    pub repeated: Cell<u32>,
}

impl Tester<'_> {
    fn title(&self, what: &str) -> String {
        let values: Vec<String> = self.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if values.is_empty() { what.to_owned() } else { format!("{what} ({})", values.join(", ")) }
    }

    /// All steps of a variant; of all but the first only the start, the solution and the wrong solutions.
    ///
    /// # Errors
    /// When a step proves nothing: it was stopped, or this machine failed.
    pub fn variant(&self, first: bool, steps: &mut Steps<'_>) -> Result<(), AppError> {
        let parts = self.parts(first);
        let mut titles = vec![self.title("start")];
        titles.extend(parts.iter().map(|part| self.title_of(part)));
        if steps.take_over(&titles) {
            return Ok(());
        }
        steps.used_instance = true;
        let Some(start) = self.start(steps)? else { return Ok(()) };
        for part in parts {
            steps.perform(self.title_of(&part), || {
                let result = self.perform(&start, &part)?;
                Ok(Ended { failure: result.err(), repeated: self.repeated.take() })
            })?;
        }
        Ok(())
    }

    /// What follows the start.
    fn parts(&self, first: bool) -> Vec<Part<'_>> {
        let mut parts = Vec::new();
        if first {
            parts.extend([Part::Hints, Part::Untouched]);
        }
        parts.push(Part::Solution);
        if first {
            parts.push(Part::SolutionAgain);
            if !self.is_rebooted() {
                parts.push(Part::Reboot);
            }
        }
        parts.extend(self.exercise.wrong.iter().map(Part::Wrong));
        parts.retain(|part| self.only.is_empty() || self.only.contains(&part.kind()));
        parts
    }

    fn title_of(&self, part: &Part<'_>) -> String {
        match part {
            Part::Hints => self.title("hints"),
            Part::Untouched => self.title("untouched"),
            Part::Solution => self.title("solution"),
            Part::SolutionAgain => self.title("solution again"),
            Part::Reboot => self.title("reboot"),
            Part::Wrong(wrong) => self.title(&format!("wrong: {}", wrong.name)),
        }
    }

    fn perform(&self, start: &Checkpoint, part: &Part<'_>) -> Result<Result<(), String>, AppError> {
        match part {
            Part::Hints => Ok(hints_in_order(self.exercise)),
            Part::Untouched => self.untouched(start),
            Part::Solution | Part::SolutionAgain => self.solution(start, false),
            Part::Reboot => self.solution(start, true),
            Part::Wrong(wrong) => self.wrong(start, wrong),
        }
    }

    /// Whether a check of the exercise itself cuts the power of all nodes.
    fn is_rebooted(&self) -> bool {
        self.exercise.checks.iter().any(|check| matches!(check.kind, CheckKind::Reboot { .. }))
    }

    /// How the start is proven: wholly, unless only what follows it is of interest.
    fn proof(&self) -> Proof {
        let wholly = self.only.is_empty() || self.only.contains(&StepKind::Untouched);
        if wholly { Proof::Whole } else { Proof::Quick }
    }

    /// Brings the lab up and enters the start; none if that failed, which is a step of the test.
    fn start(&self, steps: &mut Steps<'_>) -> Result<Option<Checkpoint>, AppError> {
        let wish = Wish {
            lab: Some(self.lab.to_owned()),
            name: Some(self.instance.clone()),
            settings: self.exercise.settings.clone(),
            ..Wish::default()
        };
        let quiet = self.job.in_background();
        Up { wish, ..Up::default() }.perform(&quiet)?;
        let mut start = None;
        // Entered also if it was proven before: the other steps begin from it.
        steps.forget(&self.title("start"));
        steps.perform(self.title("start"), || {
            let mut locked = Locked::acquire(&quiet, self.instance, COMMAND)?;
            match start_state::enter(&quiet, &mut locked, self.exercise, self.proof()) {
                Ok(found) => {
                    start = Some(found);
                    Ok(Ended::with(None))
                }
                Err(error) if self.job.asked_to_stop() => Err(error),
                Err(error) => {
                    let details =
                        error.details.iter().map(|detail| format!("{}: {}", detail.remark, detail.lines));
                    let lines: Vec<String> = std::iter::once(error.line()).chain(details).collect();
                    Ok(Ended::with(Some(lines.join("; "))))
                }
            }
        })?;
        Ok(start)
    }

    /// The untouched start must not pass, and the checks that are broken must fail.
    fn untouched(&self, start: &Checkpoint) -> Result<Result<(), String>, AppError> {
        let outcomes = self.of_start(start)?;
        let result = score(self.exercise.score, self.exercise.points(), [&outcomes[..]], []);
        let holds = |name: &&CheckName| state(&outcomes, name) != Some(State::Failed);
        if let Some(name) = self.exercise.start.broken.iter().find(holds) {
            return Ok(Err(format!("`{name}` should fail: {}", told(&outcomes))));
        }
        Ok(match result.passed() {
            true => Err(format!("it passes although nothing was done: {}", told(&outcomes))),
            false => Ok(()),
        })
    }

    /// The outcomes of all checks at the start. Those that proved the start are known.
    fn of_start(&self, start: &Checkpoint) -> Result<Vec<Outcome>, AppError> {
        let mut outcomes = start_state::proof(self.job, start.id());
        let known = |check: &&Check| outcomes.iter().any(|outcome| outcome.check == check.name);
        let others: Vec<&Check> = self.exercise.checks.iter().filter(|check| !known(check)).collect();
        if !others.is_empty() {
            outcomes.extend(self.grading(start, start, &others)?);
        }
        Ok(outcomes)
    }

    /// The solution gets all points, and survives a power cut of all nodes.
    fn solution(&self, start: &Checkpoint, reboot: bool) -> Result<Result<(), String>, AppError> {
        let solved = match self.after(start, &self.exercise.solution)? {
            Ok(solved) => solved,
            Err(failure) => return Ok(Err(failure)),
        };
        if reboot {
            return self.rebooted(start, &solved);
        }
        let outcomes = self.graded(start, &solved)?;
        let open = |outcome: &&Outcome| outcome.state == State::Open;
        let asked: u32 = outcomes.iter().filter(open).map(|outcome| outcome.of).sum();
        let points: u32 = outcomes.iter().map(|outcome| outcome.points).sum();
        Ok(match points + asked == self.exercise.points() {
            true => Ok(()),
            false => Err(told(&outcomes)),
        })
    }

    fn rebooted(&self, start: &Checkpoint, solved: &Checkpoint) -> Result<Result<(), String>, AppError> {
        let check = Check {
            name: "reboot".parse().expect("a name"),
            title: self.exercise.title.clone(),
            points: 1,
            kind: CheckKind::Reboot { within: Millis::seconds(180) },
        };
        let outcomes = self.grading(start, solved, &[&check])?;
        Ok(if outcomes.iter().all(|outcome| outcome.points == 1) { Ok(()) } else { Err(told(&outcomes)) })
    }

    /// A wrong solution gets its points, and its checks fail.
    fn wrong(&self, start: &Checkpoint, wrong: &Wrong) -> Result<Result<(), String>, AppError> {
        let done = match self.after(start, &wrong.drill)? {
            Ok(done) => done,
            Err(failure) => return Ok(Err(failure)),
        };
        let outcomes = self.graded(start, &done)?;
        let points: u32 = outcomes.iter().map(|outcome| outcome.points).sum();
        let holds = |name: &&CheckName| state(&outcomes, name) != Some(State::Failed);
        if let Some(name) = wrong.fails.iter().find(holds) {
            return Ok(Err(format!("`{name}` should fail: {}", told(&outcomes))));
        }
        if points != wrong.points {
            return Ok(Err(format!("it gets {points} points, not {}: {}", wrong.points, told(&outcomes))));
        }
        if let Some(wanted) = wrong.hint {
            let first = next(&self.exercise.hints, &[], Some(&|name| state(&outcomes, name)));
            if first != Some(wanted) {
                return Ok(Err(format!("the first hint is {first:?}, not {wanted}")));
            }
        }
        Ok(Ok(()))
    }

    /// The state after a drill from the start, as a checkpoint.
    fn after(&self, start: &Checkpoint, drill: &Drill) -> Result<Result<Checkpoint, String>, AppError> {
        let quiet = self.job.in_background();
        let mut locked = Locked::acquire_unsettled(&quiet, self.instance, COMMAND)?;
        put_back(start, &mut locked, COMMAND, &quiet)?;
        let records = attempt::records(&self.job.state, self.instance);
        let done = perform(&quiet, &locked, Order { drill, seed: 0, records: &records, capture: false })?;
        match done.ending {
            Ending::Completed => {}
            Ending::Cancelled => return Err(AppError::stopped()),
            Ending::Unsteady { reason } | Ending::GivenUp { reason } | Ending::Failed { reason } => {
                return Ok(Err(format!("{}: {reason}", drill.name)));
            }
        }
        let made_from = (self.instance.as_str(), &done.record, jiff::Timestamp::now());
        let id = CheckpointId::of_exercise(
            &locked.instance.lab.name,
            ForExercise::HandIn,
            &Digest::of(&made_from),
        );
        grade::tidy(self.job, self.instance)?;
        grade::save(&quiet, &locked, &id, format!("test of {}", self.exercise.name))?;
        drop(locked);
        attempt::checkpoint(self.job, &id).map(Ok)
    }

    fn graded(&self, start: &Checkpoint, from: &Checkpoint) -> Result<Vec<Outcome>, AppError> {
        let checks: Vec<&Check> = self.exercise.checks.iter().collect();
        self.grading(start, from, &checks)
    }

    fn grading(
        &self,
        start: &Checkpoint,
        from: &Checkpoint,
        checks: &[&Check],
    ) -> Result<Vec<Outcome>, AppError> {
        let record = attempt::start_record(&self.job.state, start.id());
        let quiet = self.job.in_background();
        let records = attempt::records(&self.job.state, self.instance);
        let (exercise, instance) = (self.exercise, self.instance);
        let replaying = Replaying { job: &quiet, exercise, instance, start, records: &records };
        let grading = Grading {
            job: &quiet,
            exercise: self.exercise,
            from: &replaying.graded(from.clone())?,
            seed: 0,
            records: records.clone(),
            start_record: Some(record).filter(|file| attempt::is_there(file)),
            answers: &|name| self.right_answer(name),
            reference: &|measured| start_state::reference(&quiet, self.exercise, start, measured),
            shown: Shown::default(),
        };
        let outcomes = grading.outcomes(checks);
        self.repeated.set(self.repeated.get() + grading.shown.repeated.get());
        outcomes
    }

    /// The right answer to a question; none to a prediction.
    fn right_answer(&self, name: &CheckName) -> Vec<String> {
        match self.exercise.check(name).map(|check| &check.kind) {
            Some(CheckKind::Answer { is, .. }) => vec![is.clone()],
            _ => Vec::new(),
        }
    }
}

fn state(outcomes: &[Outcome], name: &CheckName) -> Option<State> {
    outcomes.iter().find(|outcome| outcome.check == *name).map(|outcome| outcome.state)
}

/// Outcomes in one line.
fn told(outcomes: &[Outcome]) -> String {
    let one = |outcome: &Outcome| {
        let seen: Vec<String> = outcome.seen.iter().map(|seen| words::seen(seen, Language::En)).collect();
        let state = words::state(outcome.state, Language::En);
        format!("{} {state} {}/{} ({})", outcome.check, outcome.points, outcome.of, seen.join("; "))
    };
    outcomes.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Before the first grading hints come in their order, and all of them come.
fn hints_in_order(exercise: &Exercise) -> Result<(), String> {
    let mut bought: Vec<usize> = Vec::new();
    while let Some(number) = next(&exercise.hints, &bought, None) {
        bought.push(number);
    }
    let wanted: Vec<usize> = (1..=exercise.hints.len()).collect();
    if bought == wanted { Ok(()) } else { Err(format!("they come as {bought:?}")) }
}
