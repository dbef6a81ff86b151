//! `lab exercise test`: proves that an exercise is as its author says, on guests. Each step starts from a
//! restore; a test that was interrupted goes on where it stopped.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::attempt;
use super::checks::Grading;
use super::find;
use super::grade;
use super::hint::next;
use super::start_state::{self, Proof};
use crate::app::checkpoint::put_back;
use crate::app::down::take_down;
use crate::app::drill::{Order, perform};
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::app::request::{Request, Subject};
use crate::app::up::Up;
use crate::app::wanted::Wish;
use crate::checkpoint::Checkpoint;
use crate::exercise::{
    Check, CheckKind, Exercise, Language, Outcome, State, Values, Wrong, every_edge, score, words,
};
use crate::model::drill::Drill;
use crate::model::spec::Digest;
use crate::model::{CheckName, CheckpointId, ForExercise, InstanceName, Millis};
use crate::record::Ending;

/// The command that holds the locks.
const COMMAND: &str = "lab exercise test";

/// Tests an exercise: its start, its solution, its wrong solutions, its variants and its hints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Test {
    /// The exercise: its name, or the path of its folder.
    pub exercise: String,
    /// Do all steps again, also those that an earlier test of the same exercise has done.
    #[serde(default)]
    pub again: bool,
    /// Leave the variants out.
    #[serde(default)]
    pub first_variant_only: bool,
}

/// The result of a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tested {
    /// The exercise.
    pub exercise: String,
    /// The digest of its files.
    pub digest: Digest,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// A step of a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Step {
    /// What was tested.
    pub title: String,
    /// Why it failed; none if it passed.
    pub failure: Option<String>,
    /// How long it took.
    pub took: Duration,
}

impl Tested {
    /// Whether every step passed.
    pub fn passed(&self) -> bool {
        self.steps.iter().all(|step| step.failure.is_none())
    }
}

impl Request for Test {
    type Outcome = Tested;
    const NAME: &'static str = "exercise test";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(vec![self.exercise.clone()]))
    }

    fn perform(&self, job: &Job) -> Result<Tested, AppError> {
        let found = find::find(job, &self.exercise, job.trusted())?;
        let mut variants = every_edge(&found.source.variables());
        if self.first_variant_only {
            variants.truncate(1);
        }
        let digest = found.source.digest();
        let file = job.state.exercise_starts().join(format!("test-{}.json", digest.short()));
        let mut report = Report::open(file, self.again, job);
        let name = instance_of(&found.source.name);
        for (number, values) in variants.iter().enumerate() {
            let exercise = found.read(values)?.exercise;
            let tester = Tester { job, exercise: &exercise, values, lab: &found.lab, instance: &name };
            tester.variant(number == 0, &mut report)?;
        }
        if report.took_part {
            take_down(&name, true, COMMAND, &job.in_background())?;
        }
        Ok(Tested { exercise: found.source.name.clone(), digest, steps: report.steps })
    }
}

/// The instance on which an exercise is tested: one of its own.
fn instance_of(exercise: &str) -> InstanceName {
    let name: String = format!("test-{exercise}").chars().take(24).collect();
    name.trim_end_matches('-').parse().expect("the name of an exercise is in names")
}

/// The steps that were done, kept in a file until all of them are.
struct Report<'a> {
    file: PathBuf,
    steps: Vec<Step>,
    /// The steps of an earlier test of the same files.
    before: Vec<Step>,
    /// Whether the instance was made.
    took_part: bool,
    job: &'a Job,
}

impl<'a> Report<'a> {
    fn open(file: PathBuf, again: bool, job: &'a Job) -> Self {
        let kept = fs_err::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok());
        let before = if again { Vec::new() } else { kept.unwrap_or_default() };
        Self { file, steps: Vec::new(), before, took_part: false, job }
    }

    /// Does a step, unless it passed before.
    fn step(
        &mut self,
        title: String,
        work: impl FnOnce() -> Result<Result<(), String>, AppError>,
    ) -> Result<(), AppError> {
        let done = self.before.iter().find(|step| step.title == title && step.failure.is_none());
        if let Some(done) = done {
            self.steps.push(done.clone());
            return Ok(());
        }
        let begin = Instant::now();
        let result = work()?;
        let step = Step { failure: result.err(), took: begin.elapsed(), title };
        match &step.failure {
            None => self.job.say(format!("passed: {}", step.title)),
            Some(failure) => self.job.warn(format!("failed: {}: {failure}", step.title)),
        }
        self.steps.push(step);
        let unwritable = |error| AppError::failed("the test cannot be written down").because(error);
        let text =
            serde_json::to_vec_pretty(&self.steps).map_err(std::io::Error::from).map_err(unwritable)?;
        if let Some(folder) = self.file.parent() {
            fs_err::create_dir_all(folder).map_err(unwritable)?;
        }
        crate::base::write::atomically(&self.file, &text).map_err(unwritable)
    }

    /// Whether all of these steps passed before.
    fn all_done(&self, titles: &[String]) -> bool {
        let passed =
            |title: &String| self.before.iter().any(|step| step.title == *title && step.failure.is_none());
        titles.iter().all(passed)
    }
}

/// Tests one variant of an exercise.
struct Tester<'a> {
    job: &'a Job,
    exercise: &'a Exercise,
    values: &'a Values,
    lab: &'a str,
    instance: &'a InstanceName,
}

impl Tester<'_> {
    fn title(&self, what: &str) -> String {
        let values: Vec<String> = self.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if values.is_empty() { what.to_owned() } else { format!("{what} ({})", values.join(", ")) }
    }

    /// All steps of a variant; of all but the first only the start, the solution and the wrong solutions.
    fn variant(&self, first: bool, report: &mut Report<'_>) -> Result<(), AppError> {
        let mut titles = vec![self.title("start"), self.title("solution")];
        if first {
            titles.extend(["untouched", "solution again", "reboot", "hints"].map(|what| self.title(what)));
        }
        titles.extend(self.exercise.wrong.iter().map(|wrong| self.title(&format!("wrong: {}", wrong.name))));
        if report.all_done(&titles) {
            let done: Vec<Step> =
                report.before.iter().filter(|step| titles.contains(&step.title)).cloned().collect();
            report.steps.extend(done);
            return Ok(());
        }
        report.took_part = true;
        let start = self.start(report)?;
        let Some(start) = start else { return Ok(()) };
        if first {
            report.step(self.title("hints"), || Ok(hints_in_order(self.exercise)))?;
            report.step(self.title("untouched"), || self.untouched(&start))?;
        }
        report.step(self.title("solution"), || self.solution(&start, false))?;
        if first {
            report.step(self.title("solution again"), || self.solution(&start, false))?;
            report.step(self.title("reboot"), || self.solution(&start, true))?;
        }
        for wrong in &self.exercise.wrong {
            report.step(self.title(&format!("wrong: {}", wrong.name)), || self.wrong(&start, wrong))?;
        }
        Ok(())
    }

    /// Brings the lab up and enters the start; none if that failed, which is a step of the report.
    fn start(&self, report: &mut Report<'_>) -> Result<Option<Checkpoint>, AppError> {
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
        report.before.retain(|step| step.title != self.title("start"));
        report.step(self.title("start"), || {
            let mut locked = Locked::acquire(&quiet, self.instance, COMMAND)?;
            match start_state::enter(&quiet, &mut locked, self.exercise, Proof::Whole) {
                Ok(found) => {
                    start = Some(found);
                    Ok(Ok(()))
                }
                Err(error) if self.job.asked_to_stop() => Err(error),
                Err(error) => {
                    let details =
                        error.details.iter().map(|detail| format!("{}: {}", detail.remark, detail.lines));
                    Ok(Err(std::iter::once(error.line()).chain(details).collect::<Vec<_>>().join("; ")))
                }
            }
        })?;
        Ok(start)
    }

    /// The untouched start must not pass, and the checks that are broken must fail.
    fn untouched(&self, start: &Checkpoint) -> Result<Result<(), String>, AppError> {
        let outcomes = self.graded(start, start)?;
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
        let grading = Grading {
            job: &quiet,
            exercise: self.exercise,
            from,
            seed: 0,
            records: attempt::records(&self.job.state, self.instance),
            start_record: Some(record).filter(|file| attempt::is_there(file)),
            answers: &|name| self.right_answer(name),
            reference: &|measured| start_state::reference(&quiet, self.exercise, start, measured),
        };
        grading.outcomes(checks)
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
