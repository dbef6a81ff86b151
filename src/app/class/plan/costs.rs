//! What an instance of an exercise takes: memory, disk, and time to grade it.

use std::collections::BTreeMap;

use super::ExerciseCost;
use crate::app::baseline::bad_store;
use crate::app::copies;
use crate::app::error::AppError;
use crate::app::exercise::find;
use crate::app::exercise::lasting::of_grading;
use crate::app::job::Job;
use crate::app::usage::{self, unreadable};
use crate::checkpoint::{Checkpoint, CheckpointStore, Kind};
use crate::class::store::ClassExercise;
use crate::exercise::draw;
use crate::model::{ForExercise, LabName, Node};

/// What the system disk of a machine grows by in a session, logs and files that are changed: an estimate.
/// Real instances of four machines had 16 MiB together.
const SYSTEM_GROWTH: u64 = 16 << 20;

/// The part of a secondary disk that is written in a session: an estimate.
const WRITTEN_PART: u64 = 32;

/// The part of a machine's memory that has pages in a saved state. Real machines had 241 MiB of 512 and 384,
/// 239 of 448, and 140 of 192; one that was worked on has more.
const IN_USE: (u64, u64) = (2, 3);

/// The saved states of an instance besides its hand-ins: a save point of the student, and an automatic one.
const SAVE_POINTS: u64 = 2;

/// What an instance of an exercise of a class takes.
///
/// # Errors
/// When the exercise cannot be found or read.
pub fn of(job: &Job, exercise: &ClassExercise) -> Result<ExerciseCost, AppError> {
    let found = find::find(job, &exercise.found_by, job.trusted())?;
    let read = found.read(&draw(&found.source.variables(), 0))?;
    let (lab, exercise) = (read.loaded.lab, read.exercise);
    let disks = growth(&lab.nodes);
    let (measured, handed_in) = measured(job, &lab.name)?;
    let start = exercise.start.drill.as_ref().map(|drill| found.source.starts(drill.name.as_str()));
    Ok(ExerciseCost {
        nodes: lab.nodes.len(),
        cpus: lab.nodes.iter().map(|node| u64::from(node.cpus)).sum(),
        idle: copies::idle(&lab.nodes),
        worked_on: copies::worked_on(&lab.nodes),
        full: copies::full(&lab.nodes),
        saved: measured.unwrap_or_else(|| memory_in_use(&lab.nodes).saturating_add(disks)),
        measured: measured.is_some(),
        handed_in,
        starts: start.unwrap_or(1),
        grading: of_grading(&exercise),
        name: exercise.name,
        lab: lab.name,
        disks,
    })
}

fn growth(nodes: &[Node]) -> u64 {
    let of = |node: &Node| {
        let own = node.disks.iter().map(|disk| disk.size.0 / WRITTEN_PART);
        own.fold(SYSTEM_GROWTH, u64::saturating_add)
    };
    nodes.iter().map(of).fold(0, u64::saturating_add)
}

/// The pages that saved memories have: an estimate.
fn memory_in_use(nodes: &[Node]) -> u64 {
    let (part, of) = IN_USE;
    nodes.iter().map(|node| node.memory.0 / of * part).fold(0, u64::saturating_add)
}

/// The mean sizes of the saved states of a lab on this machine: of those with whole memories, and of packed
/// hand-ins; none if it has none.
fn measured(job: &Job, lab: &LabName) -> Result<(Option<u64>, Option<u64>), AppError> {
    let all = CheckpointStore::new(&job.state).list().map_err(bad_store)?;
    let own = all.into_iter().filter(|found| found.id().lab() == lab);
    let (packed, whole): (Vec<_>, Vec<_>) = own.partition(Checkpoint::is_packed);
    Ok((mean(job, &whole)?, mean(job, &packed)?))
}

/// The mean disk space of checkpoints, in bytes; none if there are none.
fn mean(job: &Job, all: &[Checkpoint]) -> Result<Option<u64>, AppError> {
    let mut bytes = 0_u64;
    for found in all {
        bytes = bytes.saturating_add(size(job, found)?);
    }
    Ok(bytes.checked_div(all.len() as u64))
}

/// The disk space of a checkpoint, in bytes.
///
/// # Errors
/// When it cannot be read.
pub fn size(job: &Job, checkpoint: &Checkpoint) -> Result<u64, AppError> {
    let folder = CheckpointStore::new(&job.state).folder(checkpoint.id());
    usage::of_tree(&folder).map_err(unreadable)
}

/// The disk space of an instance: a hand-in for each exercise, save points, and the growth of its disks.
pub fn disk(exercises: &[ExerciseCost]) -> u64 {
    let hand_in = |one: &ExerciseCost| one.handed_in.unwrap_or(one.saved);
    let hand_ins = exercises.iter().map(hand_in).fold(0, u64::saturating_add);
    let largest = exercises.iter().map(|one| one.saved).max().unwrap_or(0);
    let disks = exercises.iter().map(|one| one.disks).max().unwrap_or(0);
    hand_ins.saturating_add(largest.saturating_mul(SAVE_POINTS)).saturating_add(disks)
}

/// The disk space that all instances share: a baseline of each lab, the starts of all exercises, and a copy
/// that is graded. Those that are there already are left out.
///
/// # Errors
/// When the store of checkpoints cannot be read.
pub fn shared_disk(job: &Job, exercises: &[ExerciseCost]) -> Result<u64, AppError> {
    let labs: BTreeMap<&LabName, u64> = exercises.iter().map(|one| (&one.lab, one.saved)).collect();
    let starts = exercises.iter().map(|one| one.saved.saturating_mul(one.starts));
    let needed = starts.chain(labs.values().copied()).fold(0, u64::saturating_add);
    let all = CheckpointStore::new(&job.state).list().map_err(bad_store)?;
    let mut there = 0_u64;
    for found in all.iter().filter(|found| labs.contains_key(found.id().lab())) {
        if found.spec.kind == Kind::Start || found.id().is_for(ForExercise::Start) {
            there = there.saturating_add(size(job, found)?);
        }
    }
    let graded = exercises.iter().map(|one| one.saved.saturating_add(one.disks)).max().unwrap_or(0);
    Ok(needed.saturating_sub(there).saturating_add(graded))
}
