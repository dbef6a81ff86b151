//! Automatic save points: what stands on the instance of a student is saved every few minutes, so that little
//! is lost if the machine fails.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::Room;
use super::phase::Phase;
use crate::app::baseline::bad_store;
use crate::app::error::AppError;
use crate::app::exercise::attempt::Ongoing;
use crate::app::exercise::grade;
use crate::app::job::Job;
use crate::app::locked::{AUTOSAVE, Locked};
use crate::app::request::{Request, Subject};
use crate::app::usage;
use crate::checkpoint::{Checkpoint, CheckpointStore, Kind};
use crate::class::log::Event;
use crate::model::spec::Digest;
use crate::model::{CheckpointId, ForExercise, InstanceName};

/// Saves what stands on the instance of a student; the automatic save point before goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Autosave {
    /// The instance of the student.
    pub instance: InstanceName,
}

impl Request for Autosave {
    type Outcome = ();
    const NAME: &'static str = "class autosave";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(vec![self.instance.to_string()]))
    }

    fn perform(&self, job: &Job) -> Result<(), AppError> {
        let (room, place) = Room::around(&job.state, &self.instance)?;
        Phase::of(&room, &place, Timestamp::now()).allows_work()?;
        let quiet = job.in_background();
        let ongoing = Ongoing::of(job, Some(&self.instance))?;
        let locked = Locked::acquire_unsettled(&quiet, &self.instance, AUTOSAVE)?;
        let made_from = (self.instance.as_str(), ongoing.log.head(), Timestamp::now());
        let lab = &ongoing.attempt()?.lab;
        let id = CheckpointId::of_exercise(lab, ForExercise::Autosave, &Digest::of(&made_from));
        let note = format!("saved by itself: {} of {}", ongoing.exercise.name, place.bench.seat);
        grade::save(&quiet, &locked, &id, note)?;
        drop(locked);
        let event = Event::Autosaved { seat: place.bench.seat, checkpoint: id.clone() };
        room.folder.append(|_| Ok::<_, AppError>(vec![event]))?;
        forget_others(job, &self.instance, &id)
    }
}

/// Deletes the automatic save points of an instance but one. Of those on whose disks something stands, only
/// the memories go: they take the most space.
fn forget_others(job: &Job, instance: &InstanceName, kept: &CheckpointId) -> Result<(), AppError> {
    let store = CheckpointStore::new(&job.state);
    let is_older = |found: &Checkpoint| {
        found.spec.kind == Kind::Exercise
            && found.spec.instance.name == *instance
            && found.id() != kept
            && found.id().is_for(ForExercise::Autosave)
    };
    for found in store.list().map_err(bad_store)?.into_iter().filter(is_older) {
        // While another command restores it, it stays; the next automatic save point deletes it.
        let Some(_lock) = store.lock(found.id()).map_err(bad_store)? else { continue };
        match usage::users(&job.state, found.id())?.is_empty() {
            true => store.remove(found.id()).map_err(bad_store)?,
            false => store.forget_memories(found).map_err(bad_store)?,
        }
    }
    Ok(())
}
