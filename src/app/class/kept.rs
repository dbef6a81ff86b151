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
use crate::class::roster::Seat;
use crate::class::store::ClassFolder;
use crate::model::{CheckpointId, ClassName, ForExercise, InstanceName};
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
    let own = |found: &Checkpoint| instances.contains(&found.spec.instance.name) && !is_shared(found);
    Ok(all.filter(own).collect())
}

/// The checkpoints that classes still need, until they are purged.
#[derive(Debug, Default)]
pub struct Needed {
    /// Hand-ins, the starts that belong to them, and automatic save points.
    pub checkpoints: Vec<CheckpointId>,
    /// The classes that cannot be read, with the reason: what they need is not known.
    pub unreadable: Vec<(ClassName, AppError)>,
}

impl Needed {
    /// Whether a class that cannot be read may need a checkpoint: one of its instances, or one that all begin
    /// from.
    pub fn may_be(&self, one: &Checkpoint) -> bool {
        let of = |(name, _): &(ClassName, AppError)| is_of(name, &one.spec.instance.name);
        self.unreadable.iter().any(|class| is_shared(one) || of(class))
    }
}

/// Finds the checkpoints that classes still need.
///
/// # Errors
/// When the folder of classes cannot be read.
pub fn needed(state: &StateDir) -> Result<Needed, AppError> {
    let mut needed = Needed::default();
    for name in ClassFolder::names(state).map_err(unreadable)? {
        match of_class(state, &name) {
            Ok(checkpoints) => needed.checkpoints.extend(checkpoints),
            Err(error) => needed.unreadable.push((name, error)),
        }
    }
    Ok(needed)
}

fn of_class(state: &StateDir, name: &ClassName) -> Result<Vec<CheckpointId>, AppError> {
    let Some(room) = Room::read(state, name)? else { return Ok(Vec::new()) };
    let mut needed: Vec<_> = room.register.autosaved.values().map(|(_, id)| id.clone()).collect();
    for (_, one) in &room.register.submissions {
        needed.push(one.checkpoint.clone());
        let instance = room.place(one.seat)?.instance;
        needed.extend(attempt::start_at(state, &instance, &one.receipt)?);
    }
    Ok(needed)
}

/// Whether an instance is that of a seat of a class, or the copy on which its hand-in was graded, by its
/// name.
fn is_of(class: &ClassName, instance: &InstanceName) -> bool {
    let name = instance.as_str();
    let name = name.strip_suffix(GRADED).unwrap_or(name);
    name.rsplit_once('-').is_some_and(|(of, seat)| of == class.as_str() && seat.parse::<Seat>().is_ok())
}

/// Whether a checkpoint is the same for all who begin.
fn is_shared(one: &Checkpoint) -> bool {
    one.spec.kind == Kind::Start || one.id().is_for(ForExercise::Start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instances_of_a_class_have_its_name_and_a_seat() {
        let is_of = |name: &str| is_of(&"ha1".parse().unwrap(), &name.parse().unwrap());
        assert!(is_of("ha1-s01") && is_of("ha1-s123") && is_of("ha1-s01-graded"));
        for other in ["ha1", "ha1-x", "ha12-s01", "b-ha1-s01", "ha1-s1", "ha1-s01-copy"] {
            assert!(!is_of(other), "{other}");
        }
    }
}
