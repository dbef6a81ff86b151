//! The attempt at an exercise that goes on on an instance.

use std::path::{Path, PathBuf};

use super::find::{self, Found, Read};
use super::save;
use super::start_state;
use crate::app::error::{AppError, ErrorKind};
use crate::app::job::Job;
use crate::checkpoint::{Checkpoint, CheckpointStore};
use crate::exercise::log::{Attempt, Event, Line, Log, LogError};
use crate::exercise::{CheckKind, Exercise, Outcome, Score, draw, log, score};
use crate::labfile::LabPart;
use crate::model::{CheckpointId, ExerciseName, InstanceName, Lab};
use crate::record::RECORD_FILE;
use crate::state::StateDir;

/// The name of the log in the folder of an instance's exercises.
pub const LOG: &str = "log.jsonl";

/// An attempt that goes on.
pub struct Ongoing {
    /// The instance.
    pub instance: InstanceName,
    /// The log of the instance.
    pub log: Log,
    /// The exercise, with the values of this attempt.
    pub exercise: Exercise,
    /// The lab with the settings of the exercise.
    pub lab: Lab,
}

impl Ongoing {
    /// The attempt on an instance: the chosen one, or the only one that has an attempt.
    ///
    /// # Errors
    /// When there is none, its exercise cannot be read any more, or its log was changed.
    pub fn of(job: &Job, instance: Option<&InstanceName>) -> Result<Self, AppError> {
        let instance = job.choose(instance)?;
        let log = open(&job.state, &instance)?;
        let Some((attempt, _)) = log.current() else { return Err(none(&instance)) };
        let found = find::again(job, &attempt.found_by, attempt.exercise.as_str())?;
        tell_of_changes(job, &found, attempt);
        let read = found.read(&attempt.values)?;
        Ok(Self { instance, exercise: read.exercise, lab: read.loaded.lab, log })
    }

    /// The attempt itself.
    ///
    /// # Errors
    /// When it was finished meanwhile.
    pub fn attempt(&self) -> Result<&Attempt, AppError> {
        self.log.current().map(|(attempt, _)| attempt).ok_or_else(|| none(&self.instance))
    }

    /// What happened in the attempt so far.
    pub fn lines(&self) -> &[Line] {
        self.log.current().map_or(&[], |(_, lines)| lines)
    }

    /// Writes down what happened in the attempt, also if more has happened in it since it was read.
    ///
    /// # Errors
    /// When the attempt has ended since, or the log cannot be written.
    pub fn note(&mut self, event: Event) -> Result<(), AppError> {
        let begun = begun(self.log.lines());
        self.note_if(|now| begun == self::begun(now), event)
    }

    /// Writes down what follows from all that has happened in the attempt: a hint, an answer.
    ///
    /// # Errors
    /// When something has happened since the attempt was read, or the log cannot be written.
    pub fn note_next(&mut self, event: Event) -> Result<(), AppError> {
        let count = self.log.lines().len();
        self.note_if(|now| now.len() == count, event)
    }

    fn note_if(&mut self, is_so: impl FnOnce(&[Line]) -> bool, event: Event) -> Result<(), AppError> {
        let noted = self.log.append_with(|now| is_so(now).then_some(event)).map_err(unusable)?;
        if noted {
            return Ok(());
        }
        let instance = &self.instance;
        Err(AppError::new(ErrorKind::Busy, format!("another command was faster on {instance}"))
            .hint("look at what it did, and try again"))
    }

    /// The outcomes of the last grading.
    pub fn last(&self) -> Option<&[Outcome]> {
        log::last_grading(self.lines())
    }

    /// The score so far.
    pub fn score(&self) -> Score {
        scored(&self.exercise, self.lines())
    }

    /// The checkpoint of the start.
    ///
    /// # Errors
    /// When it is gone.
    pub fn start(&self, job: &Job) -> Result<Checkpoint, AppError> {
        checkpoint(job, &self.attempt()?.start)
    }
}

/// The number of the line with which the attempt began that goes on; none if none does.
fn begun(lines: &[Line]) -> Option<u64> {
    let bounds = |line: &&Line| matches!(line.event, Event::Started(_) | Event::Finished);
    let last = lines.iter().rfind(bounds)?;
    matches!(last.event, Event::Started(_)).then_some(last.number)
}

/// An attempt as it was at a line of its log.
pub struct Past {
    /// The attempt.
    pub attempt: Attempt,
    /// What happened in it until then.
    pub lines: Vec<Line>,
    /// The exercise, with the values of the attempt.
    pub exercise: Exercise,
}

/// The attempt on an instance as it was when the log ended with the line of this digest; none if the log has
/// no such line.
///
/// # Errors
/// When the log was changed, or the exercise cannot be read any more.
pub fn past(job: &Job, instance: &InstanceName, receipt: &str) -> Result<Option<Past>, AppError> {
    let Some((attempt, lines)) = until(job, instance, receipt)? else { return Ok(None) };
    let found = find::again(job, &attempt.found_by, attempt.exercise.as_str())?;
    let exercise = found.read(&attempt.values)?.exercise;
    Ok(Some(Past { attempt, lines, exercise }))
}

/// The attempt on an instance, and what happened in it, up to the line of this digest; none if the log has no
/// such line. The exercise is not read.
///
/// # Errors
/// When the log was changed.
pub fn until(
    job: &Job,
    instance: &InstanceName,
    receipt: &str,
) -> Result<Option<(Attempt, Vec<Line>)>, AppError> {
    let log = open(&job.state, instance)?;
    let Some(lines) = log.until(receipt) else { return Ok(None) };
    let Some(place) = lines.iter().rposition(|line| matches!(line.event, Event::Started(_))) else {
        return Ok(None);
    };
    let (before, after) = lines.split_at(place + 1);
    let Some(Event::Started(attempt)) = before.last().map(|line| &line.event) else { return Ok(None) };
    Ok(Some(((**attempt).clone(), after.to_vec())))
}

/// The exercise of an attempt as its files are now. One that was changed since is refused if what was begun
/// with the earlier one cannot be judged by it.
///
/// # Errors
/// When it cannot be read any more, or does not fit the attempt.
pub fn exercise_now(job: &Job, attempt: &Attempt) -> Result<Exercise, AppError> {
    let found = find::again(job, &attempt.found_by, attempt.exercise.as_str())?;
    let Read { exercise, loaded } = found.read(&attempt.values)?;
    if found.source.digest() == attempt.digest {
        return Ok(exercise);
    }
    let unfit = |what: String| {
        AppError::failed(format!("the changed exercise cannot grade it: {what}"))
            .hint("a grading needs the lab, the start and the variables of the attempt")
    };
    let drawn = draw(&found.source.variables(), attempt.seed);
    if let Some(name) = drawn.keys().find(|name| !attempt.values.contains_key(*name)) {
        return Err(unfit(format!("the attempt has no value of its new variable `{name}`")));
    }
    let start = checkpoint(job, &attempt.start)?;
    if !is_same_lab(&start.spec.instance.lab, &loaded.lab) {
        return Err(unfit("its lab is another one now".to_owned()));
    }
    if !start_state::is_made_by(&start, &exercise) {
        return Err(unfit("it has another start now".to_owned()));
    }
    Ok(exercise)
}

/// Whether two labs have the same nodes, networks and addresses, and stacks with the same parameters.
fn is_same_lab(one: &Lab, other: &Lab) -> bool {
    let stacks = |lab: &Lab| -> Vec<_> {
        lab.stacks.iter().map(|it| (it.name.clone(), it.on.clone(), it.params.clone())).collect()
    };
    (&one.name, &one.networks, &one.nodes, &one.addresses)
        == (&other.name, &other.networks, &other.nodes, &other.addresses)
        && stacks(one) == stacks(other)
}

/// The own drills of the exercise that goes on on an instance, if one does, as far as a student may perform
/// them. An exercise that cannot be read is reported, and has none.
pub fn open_drills(job: &Job, instance: &InstanceName) -> Vec<LabPart> {
    // A log that this user may not read, or that was changed, is reported by the commands for exercises.
    let Ok(log) = open(&job.state, instance) else { return Vec::new() };
    let Some((attempt, _)) = log.current() else { return Vec::new() };
    let found = find::again(job, &attempt.found_by, attempt.exercise.as_str());
    let read = found.and_then(|found| Ok((found.read(&attempt.values)?.exercise, found.source)));
    match read {
        Ok((exercise, source)) => {
            let own = exercise.open_drills().into_iter().map(|name| name.as_str());
            let own = own.filter(|name| source.has_own(name));
            own.filter_map(|name| source.drill(name, &attempt.values)).collect()
        }
        Err(error) => {
            job.problem(&error);
            Vec::new()
        }
    }
}

/// The score of an attempt with these lines.
pub fn scored(exercise: &Exercise, lines: &[Line]) -> Score {
    let hints = log::hints(lines).map(|(_, cost)| cost);
    score(exercise.score, exercise.points(), log::gradings(lines), hints)
}

/// The answers in a log that were judged and are wrong, with their exercises. Those of an exercise that
/// cannot be read any more are left out.
pub fn wrong_answers(job: &Job, log: &Log) -> Vec<(ExerciseName, String)> {
    let mut wrong = Vec::new();
    let mut exercise: Option<Exercise> = None;
    for line in log.lines() {
        match &line.event {
            Event::Started(attempt) => {
                let found = find::again(job, &attempt.found_by, attempt.exercise.as_str());
                let read = found.and_then(|found| found.read(&attempt.values)).ok();
                exercise = read.map(|read| read.exercise);
            }
            Event::Answered { check, answer } => {
                let Some(exercise) = &exercise else { continue };
                let kind = exercise.check(check).map(|check| &check.kind);
                if matches!(kind, Some(CheckKind::Answer { is, .. }) if !is_same(is, answer)) {
                    wrong.push((exercise.name.clone(), answer.clone()));
                }
            }
            _ => {}
        }
    }
    wrong
}

/// Whether an answer is the right one: capitals and surrounding spaces do not count.
pub fn is_same(right: &str, answer: &str) -> bool {
    right.trim().to_lowercase() == answer.trim().to_lowercase()
}

/// The log of an instance's exercises.
///
/// # Errors
/// When it cannot be read, or was changed.
pub fn open(state: &StateDir, instance: &InstanceName) -> Result<Log, AppError> {
    Log::open(&state.exercises(instance).join(LOG)).map_err(unusable)
}

/// The folder of the records of an instance's gradings.
pub fn records(state: &StateDir, instance: &InstanceName) -> PathBuf {
    state.exercises(instance).join("records")
}

/// The record of the drill that made a start.
pub fn start_record(state: &StateDir, start: &CheckpointId) -> PathBuf {
    state.exercise_starts().join(start.to_string()).join(RECORD_FILE)
}

/// The checkpoints that an attempt can go back to: its start, and its save points. None if no attempt goes
/// on.
///
/// # Errors
/// When the log of the instance cannot be used.
pub fn goes_back_to(state: &StateDir, instance: &InstanceName) -> Result<Vec<CheckpointId>, AppError> {
    let log = open(state, instance)?;
    let Some((attempt, lines)) = log.current() else { return Ok(Vec::new()) };
    let saved = save::names(lines).into_iter().map(|name| save::id_in(&log, instance, &attempt.lab, name));
    Ok(saved.chain([attempt.start.clone()]).collect())
}

/// The start of the attempt that went on when the log ended with the line of this digest.
///
/// # Errors
/// When the log of the instance cannot be used.
pub fn start_at(
    state: &StateDir,
    instance: &InstanceName,
    receipt: &str,
) -> Result<Option<CheckpointId>, AppError> {
    let log = open(state, instance)?;
    let lines = log.until(receipt).unwrap_or_default().iter().rev();
    let mut starts = lines.filter_map(|line| match &line.event {
        Event::Started(attempt) => Some(attempt.start.clone()),
        _ => None,
    });
    Ok(starts.next())
}

/// A checkpoint of an exercise.
///
/// # Errors
/// When it is gone.
pub fn checkpoint(job: &Job, id: &CheckpointId) -> Result<Checkpoint, AppError> {
    let found = CheckpointStore::new(&job.state).get(id).map_err(crate::app::baseline::bad_store)?;
    found.ok_or_else(|| {
        AppError::failed(format!("the checkpoint {id} of the exercise is gone"))
            .hint("`lab finish` ends the attempt, and `lab start` begins a new one")
    })
}

/// The only one of these instances with an attempt that goes on; none if there are several or none.
pub fn only_one(state: &StateDir, instances: &[InstanceName]) -> Option<InstanceName> {
    let goes_on = |name: &&InstanceName| open(state, name).is_ok_and(|log| log.current().is_some());
    let mut having = instances.iter().filter(goes_on);
    having.next().filter(|_| having.next().is_none()).cloned()
}

fn none(instance: &InstanceName) -> AppError {
    AppError::not_found(format!("no exercise goes on on {instance}"))
        .hint("`lab exercise list` shows the exercises, `lab start NAME` begins one")
}

/// An attempt at this exercise goes on already.
pub fn goes_on(instance: &InstanceName, exercise: &ExerciseName) -> AppError {
    AppError::new(ErrorKind::Busy, format!("`{exercise}` goes on on {instance}"))
        .hint("`lab undo` goes back to its start, `lab finish` ends it")
}

fn tell_of_changes(job: &Job, found: &Found, attempt: &Attempt) {
    if found.source.digest() != attempt.digest {
        job.warn(format!("the exercise `{}` was changed since it was started", attempt.exercise));
    }
}

/// A log that cannot be used.
pub fn unusable(error: LogError) -> AppError {
    AppError::failed(error.to_string()).because_sources(&error)
}

/// Whether a file is there.
pub fn is_there(path: &Path) -> bool {
    path.is_file()
}
