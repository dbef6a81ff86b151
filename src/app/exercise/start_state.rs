//! The start of an exercise as a checkpoint: made once on a machine, and proven.

use std::path::Path;

use serde::Serialize;

use super::attempt;
use super::checks::{Grading, Shown};
use super::copy;
use super::look::looks;
use crate::app::baseline::{self, Baseline, bad_store};
use crate::app::checkpoint::put_back;
use crate::app::drill::{Order, perform};
use crate::app::error::{AppError, ErrorKind};
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::app::reset;
use crate::base::words::join;
use crate::checkpoint::{Checkpoint, CheckpointSpec, CheckpointStore, Kind};
use crate::exercise::{Check, Exercise, Outcome, State, words};
use crate::exercise::{Language, Measured, Start};
use crate::model::drill::Drill;
use crate::model::spec::Digest;
use crate::model::{CheckName, CheckpointId, ForExercise, Millis};
use crate::record::{Ending, RECORD_FILE};

/// The command that holds the lock while a start is made.
const COMMAND: &str = "lab start";

/// What a start is made from. A start with the same content is the same checkpoint.
#[derive(Serialize)]
struct Made<'a> {
    baseline: Digest,
    drill: Option<&'a Drill>,
}

/// How a start is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// By the checks that only look: a student waits for it.
    Quick,
    /// By all checks that the exercise names: an author waits for it.
    Whole,
}

impl Proof {
    /// The file that says that a start was proven in this way, with the outcomes.
    fn file(self) -> &'static str {
        match self {
            Self::Quick => "looked-at.json",
            Self::Whole => "proven.json",
        }
    }
}

/// Puts an instance into the start of an exercise, and returns its checkpoint. It is made and proven if this
/// machine has none yet.
///
/// # Errors
/// When the drill of the start fails, or the start is not as the exercise says; then there is no checkpoint.
pub fn enter(
    job: &Job,
    locked: &mut Locked,
    exercise: &Exercise,
    proof: Proof,
) -> Result<Checkpoint, AppError> {
    let id = id(job, locked, exercise)?;
    let store = CheckpointStore::new(&job.state);
    let usable = |found: &Checkpoint| store.check(found).is_ok() && is_proven(job, &id, proof);
    if let Some(found) = store.get(&id).map_err(bad_store)?.filter(usable) {
        put_back(&found, locked, COMMAND, &job.in_background())?;
        return Ok(found);
    }
    reset::whole(locked, COMMAND, &job.in_background())?;
    let record = exercise.start.drill.as_ref().map(|drill| broken(job, locked, drill)).transpose()?;
    save(job, locked, &id, exercise)?;
    let checkpoint = attempt::checkpoint(job, &id)?;
    match proven(job, exercise, &checkpoint, record.as_deref(), proof) {
        Ok(()) => Ok(checkpoint),
        Err(error) => {
            // The instance stands on the checkpoint, so it goes back first.
            reset::whole(locked, COMMAND, &job.in_background().uncancelled())?;
            store.remove(&id).map_err(bad_store)?;
            Err(error)
        }
    }
}

fn id(job: &Job, locked: &Locked, exercise: &Exercise) -> Result<CheckpointId, AppError> {
    let Locked { instance, provider, .. } = locked;
    let baseline = Baseline::of(instance, provider.as_ref(), job)?.inputs.digest();
    let made = Made { baseline, drill: exercise.start.drill.as_ref() };
    Ok(CheckpointId::of_exercise(&instance.lab.name, ForExercise::Start, &Digest::of(&made)))
}

/// Whether a start is the one that this exercise makes of the lab of the start.
pub fn is_made_by(start: &Checkpoint, exercise: &Exercise) -> bool {
    let made = Made { baseline: start.spec.inputs.digest(), drill: exercise.start.drill.as_ref() };
    *start.id() == CheckpointId::of_exercise(start.id().lab(), ForExercise::Start, &Digest::of(&made))
}

/// Performs the drill that breaks the lab; returns its record.
fn broken(job: &Job, locked: &Locked, drill: &Drill) -> Result<std::path::PathBuf, AppError> {
    let records = attempt::records(&job.state, &locked.instance.name);
    let order = Order { drill, seed: 0, records: &records, capture: false };
    let done = perform(&job.in_background(), locked, order)?;
    match done.ending {
        Ending::Completed => Ok(done.record),
        Ending::Cancelled => Err(AppError::stopped()),
        Ending::Unsteady { reason } | Ending::GivenUp { reason } | Ending::Failed { reason } => {
            Err(AppError::failed(format!("the start could not be made: {reason}"))
                .detail(format!("the record of its drill is {}", done.record.display()), ""))
        }
    }
}

fn save(job: &Job, locked: &Locked, id: &CheckpointId, exercise: &Exercise) -> Result<(), AppError> {
    let Locked { instance, provider, .. } = locked;
    let inputs = Baseline::of(instance, provider.as_ref(), job)?.inputs;
    let spec = CheckpointSpec {
        id: id.clone(),
        kind: Kind::Exercise,
        note: format!("the start of {}", exercise.name),
        created: jiff::Timestamp::now(),
        inputs,
        instance: instance.clone(),
    };
    match baseline::save(spec, provider.as_ref(), &job.in_background())? {
        baseline::Saved::Kept => Ok(()),
        baseline::Saved::Busy => {
            Err(AppError::new(ErrorKind::Busy, "another command makes the start of this exercise"))
        }
    }
}

/// Whether a start was proven in this way, or better: its facts are written last.
fn is_proven(job: &Job, id: &CheckpointId, proof: Proof) -> bool {
    let folder = job.state.exercise_starts().join(id.to_string());
    [proof, Proof::Whole].iter().any(|proof| folder.join(proof.file()).is_file())
}

/// The outcomes of the checks that proved a start; none if it was not proven wholly.
pub fn proof(job: &Job, id: &CheckpointId) -> Vec<Outcome> {
    let file = job.state.exercise_starts().join(id.to_string()).join(Proof::Whole.file());
    fs_err::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

/// Proves a start on copies of it, and writes that down, with the record of its drill.
fn proven(
    job: &Job,
    exercise: &Exercise,
    start: &Checkpoint,
    record: Option<&Path>,
    proof: Proof,
) -> Result<(), AppError> {
    let unwritable = |error| AppError::failed("the facts about the start cannot be written").because(error);
    let folder = job.state.exercise_starts().join(start.id().to_string());
    fs_err::create_dir_all(&folder).map_err(unwritable)?;
    if let Some(record) = record {
        fs_err::copy(record, folder.join(RECORD_FILE)).map_err(unwritable)?;
    }
    let outcomes = outcomes_of_start(job, exercise, start, &folder, proof)?;
    if start.spec.instance.provider == crate::instance::ProviderKind::Sim {
        job.explain("the guests are simulated, so the start is not proven: no script had an effect");
    } else {
        as_declared(exercise, &outcomes)?;
    }
    let text = serde_json::to_vec_pretty(&outcomes).map_err(std::io::Error::from).map_err(unwritable)?;
    crate::base::write::atomically(&folder.join(proof.file()), &text).map_err(unwritable)
}

fn outcomes_of_start(
    job: &Job,
    exercise: &Exercise,
    start: &Checkpoint,
    folder: &Path,
    proof: Proof,
) -> Result<Vec<Outcome>, AppError> {
    let declared = |check: &&Check| {
        let Start { works, broken, .. } = &exercise.start;
        let named = works.contains(&check.name) || broken.contains(&check.name);
        named && (proof == Proof::Whole || looks(check))
    };
    let checks: Vec<&Check> = exercise.checks.iter().filter(declared).collect();
    if checks.is_empty() {
        return Ok(Vec::new());
    }
    job.say(format!("{}: proving that the start is as it should be", exercise.name));
    let no_answers = |_: &CheckName| Vec::new();
    let no_reference = |_: &Measured| Ok::<Option<Millis>, AppError>(None);
    let grading = Grading {
        job: &job.in_background(),
        exercise,
        from: start,
        seed: 0,
        records: folder.join("proof"),
        start_record: Some(folder.join(RECORD_FILE)).filter(|file| attempt::is_there(file)),
        answers: &no_answers,
        reference: &no_reference,
        shown: Shown::default(),
    };
    grading.outcomes(&checks)
}

/// Refuses a start whose checks have other outcomes than the exercise says.
fn as_declared(exercise: &Exercise, outcomes: &[Outcome]) -> Result<(), AppError> {
    let wrong = |outcome: &&Outcome| {
        let wanted =
            if exercise.start.works.contains(&outcome.check) { State::Passed } else { State::Failed };
        outcome.state != wanted
    };
    let wrong: Vec<&Outcome> = outcomes.iter().filter(wrong).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let names: Vec<&CheckName> = wrong.iter().map(|outcome| &outcome.check).collect();
    let mut error = AppError::failed(format!("the start is not as the exercise says: {}", join(&names)));
    for outcome in wrong {
        let seen: Vec<String> = outcome.seen.iter().map(|seen| words::seen(seen, Language::En)).collect();
        let state = words::state(outcome.state, Language::En);
        error = error.detail(format!("{} {state}", outcome.check), seen.join("\n"));
    }
    Err(error.hint("`start.works` and `start.broken` of the exercise name the checks"))
}

/// The figure that the solution reaches from a start, measured on this machine.
///
/// # Errors
/// When the solution cannot be performed.
pub fn reference(
    job: &Job,
    exercise: &Exercise,
    start: &Checkpoint,
    measured: &Measured,
) -> Result<Option<Millis>, AppError> {
    let Some((figure, _, _)) = measured.figure else { return Ok(None) };
    let digest = Digest::of(&(start.id().to_string(), &exercise.solution, &measured.drill));
    let folder = job.state.exercise_starts().join(start.id().to_string());
    let kept = folder.join(format!("reference-{}.json", digest.short()));
    if let Some(known) = fs_err::read(&kept).ok().and_then(|text| serde_json::from_slice(&text).ok()) {
        return Ok(Some(known));
    }
    job.say("measuring the solution on this machine, once");
    let quiet = job.in_background();
    let mut copy = copy::Copy::of(&quiet, &start.spec.instance.name, start, &folder.join("reference"))?;
    copy.fresh()?;
    copy.drill(&exercise.solution, 0)?;
    let done = copy.drill(&crate::exercise::judge::performed(measured), 0)?;
    let value = done.run.figure(figure);
    if let Some(value) = value {
        let unwritable = |error| AppError::failed("the figure cannot be written").because(error);
        let text = serde_json::to_vec(&value).map_err(std::io::Error::from).map_err(unwritable)?;
        crate::base::write::atomically(&kept, &text).map_err(unwritable)?;
    }
    Ok(value)
}
