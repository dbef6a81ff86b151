//! What is kept of the instances of a class, apart from its log.

use std::path::PathBuf;

use super::find::{Place, Room};
use crate::app::baseline::bad_store;
use crate::app::error::AppError;
use crate::app::exercise::attempt;
use crate::app::instances::GRADED;
use crate::app::job::Job;
use crate::app::usage::unreadable;
use crate::checkpoint::{Checkpoint, CheckpointStore, Kind};
use crate::class::store::ClassFolder;
use crate::model::{CheckpointId, ForExercise, InstanceName};
use crate::state::StateDir;

/// The instances of benches, and those on which their hand-ins were graded.
pub fn instances<'a>(places: impl IntoIterator<Item = &'a Place>) -> Vec<InstanceName> {
    let with_copy = |place: &Place| {
        let copy = format!("{}{GRADED}", place.instance).parse().ok();
        [Some(place.instance.clone()), copy].into_iter().flatten()
    };
    places.into_iter().flat_map(with_copy).collect()
}

/// The folders that have something of an instance.
pub fn folders(state: &StateDir, instance: &InstanceName) -> Vec<PathBuf> {
    let all =
        [state.instance(instance), state.keys(instance), state.records(instance), state.exercises(instance)];
    all.into_iter().filter(|folder| folder.exists()).collect()
}

/// The checkpoints that have the state of one of these instances. Baselines and starts of exercises are not
/// among them: they are the same for all who begin, and only made on one of the instances.
///
/// # Errors
/// When the store cannot be read.
pub fn checkpoints(job: &Job, instances: &[InstanceName]) -> Result<Vec<Checkpoint>, AppError> {
    let all = CheckpointStore::new(&job.state).list().map_err(bad_store)?.into_iter();
    let own = |found: &Checkpoint| {
        let is_shared = found.spec.kind == Kind::Start || found.id().is_for(ForExercise::Start);
        instances.contains(&found.spec.instance.name) && !is_shared
    };
    Ok(all.filter(own).collect())
}

/// The checkpoints that classes still need, until they are purged: hand-ins, the starts that belong to them,
/// and automatic save points.
///
/// # Errors
/// When the folder of a class, or the log of one of its instances, cannot be used.
pub fn needed(state: &StateDir) -> Result<Vec<CheckpointId>, AppError> {
    let mut needed = Vec::new();
    for name in ClassFolder::names(state).map_err(unreadable)? {
        let Some(room) = Room::read(state, &name)? else { continue };
        needed.extend(room.register.autosaved.values().map(|(_, id)| id.clone()));
        for (_, one) in &room.register.submissions {
            needed.push(one.checkpoint.clone());
            let instance = room.place(one.seat)?.instance;
            needed.extend(attempt::start_at(state, &instance, &one.receipt)?);
        }
    }
    Ok(needed)
}
