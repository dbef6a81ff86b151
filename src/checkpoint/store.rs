//! The store of checkpoints, and checks of their integrity.
//!
//! ```text
//! checkpoints/<lab>.<name>/   checkpoint.json, written last
//!   memory/<node>.ram .state  the running machines; .packed in place of .ram: packed
//!   disks/<node>.<disk>.qcow2 overlays on an image or on another checkpoint's disks
//!   keys/                     the SSH keys that the guests know
//! ```

use std::path::{Path, PathBuf};

use super::{Checkpoint, Kind, SavedFile, VERSION, of_file, verified};
use crate::base::lock::Lock;
use crate::model::CheckpointId;
use crate::model::LabName;
use crate::state::StateDir;

/// The name of the description.
const FILE: &str = "checkpoint.json";

/// The store of checkpoints.
#[derive(Debug, Clone)]
pub struct CheckpointStore {
    state: StateDir,
}

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be read or written.
    #[error("the store of checkpoints cannot be used")]
    Io(#[from] std::io::Error),
}

/// Why a checkpoint cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// A file is missing.
    #[error("{} is missing", .0.display())]
    Gone(PathBuf),
    /// A file has another length.
    #[error("{} has {found} bytes instead of {expected}", .path.display())]
    Length {
        /// The file.
        path: PathBuf,
        /// Its length when saved.
        expected: u64,
        /// Its present length.
        found: u64,
    },
    /// A file's content has changed.
    #[error("{} has changed since it was saved", .0.display())]
    Content(PathBuf),
    /// The checkpoint with a backing file, or the base of a packed memory, is missing.
    #[error("its base, the checkpoint {0}, is missing")]
    Parent(CheckpointId),
    /// A packed memory does not give the one that was saved.
    #[error("{} cannot be unpacked: {why}", .path.display())]
    Packed {
        /// The packed file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The image with a backing file is missing or was rebuilt.
    #[error("its image {0} is missing or was rebuilt")]
    Image(String),
}

impl CheckpointStore {
    /// The store of a state folder.
    pub fn new(state: &StateDir) -> Self {
        Self { state: state.clone() }
    }

    /// The folder of a checkpoint.
    pub fn folder(&self, id: &CheckpointId) -> PathBuf {
        self.state.checkpoints().join(id.to_string())
    }

    /// The checkpoint of this name; `None` if it does not exist or is incomplete.
    ///
    /// # Errors
    /// When it exists and cannot be read.
    pub fn get(&self, id: &CheckpointId) -> Result<Option<Checkpoint>, StoreError> {
        match fs_err::read(self.folder(id).join(FILE)) {
            // One of another program version is treated as missing.
            Ok(text) => Ok(serde_json::from_slice(&text)
                .ok()
                .filter(|found: &Checkpoint| found.version == VERSION && found.spec.id == *id)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// All complete checkpoints, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn list(&self) -> Result<Vec<Checkpoint>, StoreError> {
        let mut all = Vec::new();
        for id in self.names()? {
            all.extend(self.get(&id)?);
        }
        all.sort_by(|a, b| a.spec.id.cmp(&b.spec.id));
        Ok(all)
    }

    /// The folders without a valid description: incomplete, or of another version.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn half_made(&self) -> Result<Vec<CheckpointId>, StoreError> {
        let mut all = Vec::new();
        for id in self.names()? {
            if self.get(&id)?.is_none() {
                all.push(id);
            }
        }
        Ok(all)
    }

    /// The latest baseline checkpoint of a lab.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn latest_start(&self, lab: &LabName) -> Result<Option<Checkpoint>, StoreError> {
        let starts = self.list()?.into_iter();
        let starts = starts.filter(|found| found.spec.kind == Kind::Start && found.spec.id.lab() == lab);
        Ok(starts.max_by_key(|found| found.spec.created))
    }

    /// Writes the description, which makes the checkpoint exist.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn commit(&self, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        let folder = self.folder(checkpoint.id());
        fs_err::create_dir_all(&folder)?;
        // Its digests were taken a moment ago.
        verified::note(checkpoint, &folder)?;
        self.describe(checkpoint)
    }

    /// Writes the description of a checkpoint, which it may have.
    pub(super) fn describe(&self, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        let text = serde_json::to_vec_pretty(checkpoint).map_err(std::io::Error::from)?;
        Ok(crate::base::write::atomically(&self.folder(checkpoint.id()).join(FILE), &text)?)
    }

    /// Deletes a complete or incomplete checkpoint, its description first; a missing one is no error.
    ///
    /// # Errors
    /// When it cannot be deleted.
    pub fn remove(&self, id: &CheckpointId) -> Result<(), StoreError> {
        let folder = self.folder(id);
        for result in [fs_err::remove_file(folder.join(FILE)), fs_err::remove_dir_all(&folder)] {
            match result {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Deletes the memories of a checkpoint: then its machines are off in it. Disks that stand on its disks
    /// are not touched.
    ///
    /// # Errors
    /// When it cannot be changed.
    pub fn forget_memories(&self, mut checkpoint: Checkpoint) -> Result<(), StoreError> {
        if checkpoint.nodes.iter().all(|node| node.memory.is_none()) {
            return Ok(());
        }
        checkpoint.nodes.iter_mut().for_each(|node| node.memory = None);
        // First the description, so that it never names a file that is gone. Its disks are not read here, so
        // nothing is noted of them.
        self.describe(&checkpoint)?;
        match fs_err::remove_dir_all(self.folder(checkpoint.id()).join("memory")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Checks a checkpoint before it is restored. The first time since the machine started this reads all its
    /// files and those of its backing chain, later only their lengths. A packed memory is checked while it is
    /// unpacked.
    ///
    /// # Errors
    /// The first damage.
    pub fn trust(&self, checkpoint: &Checkpoint) -> Result<(), Damage> {
        self.as_it_is_now(checkpoint, Self::trusted)
    }

    /// Looks at a checkpoint again if it was packed since it was read.
    fn as_it_is_now(
        &self,
        checkpoint: &Checkpoint,
        look: impl Fn(&Self, &Checkpoint) -> Result<(), Damage>,
    ) -> Result<(), Damage> {
        let found = look(self, checkpoint);
        match self.get(checkpoint.id()) {
            Ok(Some(now)) if found.is_err() && now != *checkpoint => look(self, &now),
            _ => found,
        }
    }

    fn trusted(&self, checkpoint: &Checkpoint) -> Result<(), Damage> {
        self.check(checkpoint)?;
        for parent in &checkpoint.parents {
            let parent = self.get(parent).ok().flatten().ok_or_else(|| Damage::Parent(parent.clone()))?;
            self.trust(&parent)?;
        }
        if verified::is_noted(checkpoint, &self.folder(checkpoint.id())) {
            return Ok(());
        }
        self.read(checkpoint)
    }

    /// Checks that all files of the checkpoint and of its backing chain exist with the right length; fast
    /// enough for every look.
    ///
    /// # Errors
    /// The first damage.
    pub fn check(&self, checkpoint: &Checkpoint) -> Result<(), Damage> {
        let folder = self.folder(checkpoint.id());
        for file in checkpoint.files() {
            length(&folder, file)?;
        }
        for parent in &checkpoint.parents {
            match self.get(parent) {
                Ok(Some(parent)) => self.check(&parent)?,
                _ => return Err(Damage::Parent(parent.clone())),
            }
        }
        let images = crate::image::ImageStore::new(&self.state);
        for image in &checkpoint.images {
            let same = images
                .get(&image.digest)
                .is_ok_and(|found| found.is_some_and(|found| found.manifest.created == image.created));
            if !same {
                return Err(Damage::Image(image.digest.short().to_owned()));
            }
        }
        Ok(())
    }

    /// Reads all files, compares their digests, and notes that they were right. Packed memories are unpacked,
    /// to nowhere: that shows that their bases are right, too.
    ///
    /// # Errors
    /// The first damage.
    pub fn verify(&self, checkpoint: &Checkpoint) -> Result<(), Damage> {
        self.as_it_is_now(checkpoint, |store, checkpoint| {
            store.read(checkpoint)?;
            store.unpacks(checkpoint)
        })
    }

    fn read(&self, checkpoint: &Checkpoint) -> Result<(), Damage> {
        self.check(checkpoint)?;
        let folder = self.folder(checkpoint.id());
        for file in checkpoint.files() {
            let path = folder.join(&file.path);
            if of_file(&path).ok().as_ref() != Some(&file.digest) {
                return Err(Damage::Content(path));
            }
        }
        // Without the note, for instance on a full disk, the next restore reads them again.
        let _ = verified::note(checkpoint, &folder);
        Ok(())
    }

    /// Takes the exclusive lock for making or deleting this checkpoint; `None` while another process has it.
    ///
    /// # Errors
    /// When the lock's file cannot be created.
    pub fn lock(&self, id: &CheckpointId) -> Result<Option<Lock>, StoreError> {
        Ok(Lock::try_of(&self.lock_file(id))?)
    }

    /// Takes the shared lock for restoring this checkpoint; `None` while another process makes or deletes it.
    ///
    /// # Errors
    /// When the lock's file cannot be created.
    pub fn lock_shared(&self, id: &CheckpointId) -> Result<Option<Lock>, StoreError> {
        Ok(Lock::try_shared(&self.lock_file(id))?)
    }

    fn lock_file(&self, id: &CheckpointId) -> PathBuf {
        self.locks().join(id.to_string())
    }

    /// The folder of locks.
    pub(super) fn locks(&self) -> PathBuf {
        self.state.checkpoints().join(".lock")
    }

    /// The names of all checkpoints, also of incomplete ones.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn names(&self) -> Result<Vec<CheckpointId>, StoreError> {
        let entries = match fs_err::read_dir(self.state.checkpoints()) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut ids = Vec::new();
        for entry in entries {
            ids.extend(entry?.file_name().to_str().and_then(|name| name.parse().ok()));
        }
        Ok(ids)
    }
}

/// The checkpoints in a disk's backing chain, the nearest first.
///
/// # Errors
/// When a file of the chain cannot be read.
pub fn stands_upon(state: &StateDir, disk: &Path) -> std::io::Result<Vec<CheckpointId>> {
    let inside = |path: &PathBuf| {
        let inside = path.strip_prefix(state.checkpoints()).ok()?;
        inside.iter().next()?.to_str()?.parse().ok()
    };
    Ok(crate::image::qcow2::chain(disk)?.iter().filter_map(inside).collect())
}

fn length(folder: &Path, file: &SavedFile) -> Result<(), Damage> {
    let path = folder.join(&file.path);
    match fs_err::metadata(&path) {
        Ok(found) if found.len() == file.bytes => Ok(()),
        Ok(found) => Err(Damage::Length { path, expected: file.bytes, found: found.len() }),
        Err(_) => Err(Damage::Gone(path)),
    }
}
