//! The storage of a simulated host between commands: a file in the instance's folder, and one for the store
//! of images, which outlives instances.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::checkpoints::SimCheckpoint;
use super::world::World;
use crate::base::lock::Lock;
use crate::model::CheckpointId;
use crate::model::InstanceName;
use crate::model::spec::Digest;
use crate::state::StateDir;

/// The files of a simulated host.
#[derive(Debug)]
pub(super) struct SimStore {
    folder: PathBuf,
    world: PathBuf,
    images: PathBuf,
    checkpoints: PathBuf,
    /// Held while these two are written: several commands add to them.
    lock: PathBuf,
    /// What the files that outlive instances had when they were last read or written. Nearly every action
    /// leaves them as they are.
    known: Mutex<Lasting>,
}

/// What outlives instances.
#[derive(Debug, Default)]
struct Lasting {
    images: BTreeSet<Digest>,
    checkpoints: BTreeMap<CheckpointId, SimCheckpoint>,
}

impl SimStore {
    pub(super) fn of(state: &StateDir, instance: &InstanceName) -> Self {
        let folder = state.instance(instance);
        Self {
            world: folder.join(crate::instance::SIMULATED),
            folder,
            images: state.root().join("sim-images.json"),
            checkpoints: state.root().join("sim-checkpoints.json"),
            lock: state.root().join("sim-lock"),
            known: Mutex::default(),
        }
    }

    /// The world as it was saved last, or an empty one.
    pub(super) fn load(&self) -> io::Result<World> {
        let mut world: World = match read(&self.world) {
            Ok(found) => found.unwrap_or_default(),
            // A damaged file is treated as a dead host, which can be made again and removed.
            Err(error) if error.get_ref().is_some_and(|inner| inner.is::<serde_json::Error>()) => {
                World::dead()
            }
            Err(error) => return Err(error),
        };
        world.images = read(&self.images)?.unwrap_or_default();
        world.checkpoints = read(&self.checkpoints)?.unwrap_or_default();
        *self.known() = Lasting { images: world.images.clone(), checkpoints: world.checkpoints.clone() };
        Ok(world)
    }

    /// Saves a world. If the instance is gone, its folder is deleted too, as with a real host.
    pub(super) fn save(&self, world: &World) -> io::Result<()> {
        self.save_lasting(world)?;
        if world.inventory().is_empty() {
            return match fs_err::remove_file(&self.world) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        fs_err::create_dir_all(&self.folder)?;
        write(&self.world, &World { images: BTreeSet::new(), checkpoints: BTreeMap::new(), ..world.clone() })
    }

    /// Adds images and checkpoints to the files that all instances share.
    fn save_lasting(&self, world: &World) -> io::Result<()> {
        let mut known = self.known();
        if known.images == world.images && known.checkpoints == world.checkpoints {
            return Ok(());
        }
        let _lock = Lock::wait_for(&self.lock, &AtomicBool::new(false), || {})?;
        if known.images != world.images {
            let mut images: BTreeSet<Digest> = read(&self.images)?.unwrap_or_default();
            images.extend(world.images.iter().cloned());
            write(&self.images, &images)?;
            known.images.clone_from(&world.images);
        }
        if known.checkpoints != world.checkpoints {
            let mut checkpoints: BTreeMap<CheckpointId, SimCheckpoint> =
                read(&self.checkpoints)?.unwrap_or_default();
            checkpoints.extend(world.checkpoints.clone());
            write(&self.checkpoints, &checkpoints)?;
            known.checkpoints.clone_from(&world.checkpoints);
        }
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, Lasting> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deletes the instance's folder.
    pub(super) fn delete(&self) -> io::Result<()> {
        match fs_err::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match fs_err::read(path) {
        Ok(json) => Ok(Some(serde_json::from_slice(&json)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn write(path: &Path, value: &impl Serialize) -> io::Result<()> {
    crate::base::write::until_restart(path, &serde_json::to_vec(value)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_of_several_commands_are_all_kept() {
        const EACH: usize = 20;
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::at(folder.path());
        let names = ["one", "two", "three"];
        std::thread::scope(|scope| {
            for name in names {
                let store = SimStore::of(&state, &name.parse().unwrap());
                scope.spawn(move || {
                    for number in 0..EACH {
                        let mut world = store.load().unwrap();
                        let id = format!("pair.{name}-{number}").parse().unwrap();
                        world.checkpoints.insert(id, SimCheckpoint::default());
                        store.save(&world).unwrap();
                    }
                });
            }
        });
        let kept = SimStore::of(&state, &"one".parse().unwrap()).load().unwrap();
        assert_eq!(kept.checkpoints.len(), EACH * names.len());
    }
}
