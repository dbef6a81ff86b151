//! Packed memories in the store: packing those of a checkpoint, and unpacking them while they are in use.
//!
//! ```text
//! memory/N.ram                    whole
//! memory/N.ram, N.packed          the packed file is written, synced, and was read back
//! memory/N.ram, N.packed          the description names the packed file: from here on it counts
//! memory/N.packed                 packed
//! memory/N.packed, N.ram          in use: unpacked for machines that are started from it
//! ```
//!
//! A process can be killed anywhere: what the description does not name is deleted or written again later.
//! Two locks take part. That of the checkpoint keeps it from being deleted. That of its memories is held,
//! shared, while they are in use, and by a process alone that packs them or deletes unpacked files.

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write as _};
use std::os::unix::fs::{FileExt as _, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::packed::{self, Base, Described, PackedError};
use super::{Checkpoint, CheckpointStore, Damage, PackedRam, SavedFile, SavedMemory, StoreError};
use super::{of_file, verified};
use crate::base::lock::Lock;
use crate::base::{threads, write};
use crate::model::{CheckpointId, NodeName};

#[cfg(test)]
mod tests;

/// The mode of a checkpoint's files, which are never written again.
const MODE: u32 = 0o444;

/// The result of packing a checkpoint that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Its memories are packed now.
    Packed,
    /// They were before, or it has none.
    Before,
    /// A command uses it at this moment; it is as it was.
    InUse,
}

/// Why the memories of a checkpoint cannot be packed or used.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// The user cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The checkpoint was deleted.
    #[error("{0} was deleted by another command")]
    Gone(CheckpointId),
    /// A file that is needed is missing or damaged.
    #[error(transparent)]
    Damage(#[from] Damage),
    /// The memory of a node cannot be packed or unpacked.
    #[error("the memory of {node} cannot be used")]
    Memory {
        /// The node.
        node: NodeName,
        /// Why.
        #[source]
        source: PackedError,
    },
}

impl From<io::Error> for MemoryError {
    fn from(error: io::Error) -> Self {
        Self::Store(error.into())
    }
}

impl MemoryError {
    fn of(node: &NodeName) -> impl Fn(PackedError) -> Self + Copy {
        move |source| match source {
            PackedError::Cancelled => Self::Cancelled,
            source => Self::Memory { node: node.clone(), source },
        }
    }
}

/// Memories that machines can be started from: those that are packed are unpacked as long as this exists.
#[derive(Debug)]
pub struct Ready {
    store: CheckpointStore,
    id: CheckpointId,
    /// None once it ends.
    lock: Option<Lock>,
}

impl Ready {
    /// The checkpoint.
    pub fn id(&self) -> &CheckpointId {
        &self.id
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        drop(self.lock.take());
        // While another command uses them, they stay; the last one deletes them. If that fails, the next one
        // does.
        let Ok(Some(_alone)) = Lock::try_of(&self.store.memories_lock(&self.id)) else { return };
        if let Ok(Some(checkpoint)) = self.store.get(&self.id)
            && checkpoint.is_packed()
        {
            let _ = self.store.clear(&checkpoint);
        }
    }
}

/// The RAM of a node in a checkpoint, as it is.
fn whole<'a>(checkpoint: &'a Checkpoint, node: &NodeName) -> Option<&'a SavedFile> {
    let saved = checkpoint.nodes.iter().find(|saved| saved.node == *node)?;
    saved.memory.as_ref().filter(|memory| memory.packed.is_none()).map(|memory| &memory.ram)
}

fn described(ram: &SavedFile) -> Described<'_> {
    Described { bytes: ram.bytes, digest: &ram.digest }
}

fn open(path: &Path) -> io::Result<File> {
    Ok(fs_err::File::open(path)?.into_parts().0)
}

/// Gives a finished file of a checkpoint its name.
fn named(file: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().set_permissions(PermissionsExt::from_mode(MODE))?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

impl CheckpointStore {
    /// Packs the memories of a checkpoint as the difference from another one, which it needs from then on. A
    /// node that is off there, and all nodes without another one, are packed by themselves. What is saved can
    /// be restored at any moment, also if this is killed.
    ///
    /// # Errors
    /// When a file cannot be read or written, one of the checkpoints is damaged, or it is cancelled. Then it
    /// is as it was.
    pub fn pack(
        &self,
        id: &CheckpointId,
        base: Option<&CheckpointId>,
        cancel: &AtomicBool,
    ) -> Result<Packing, MemoryError> {
        let Some(_kept) = self.lock_shared(id)? else { return Ok(Packing::InUse) };
        let Some(_alone) = Lock::try_of(&self.memories_lock(id))? else { return Ok(Packing::InUse) };
        let checkpoint = self.get(id)?.ok_or_else(|| MemoryError::Gone(id.clone()))?;
        if !checkpoint.is_whole() {
            self.clear(&checkpoint)?;
            return Ok(Packing::Before);
        }
        let base = match base {
            None => None,
            Some(base) => match self.lock_shared(base)? {
                None => return Ok(Packing::InUse),
                Some(kept) => self.get(base)?.map(|found| (kept, found)),
            },
        };
        let base = base.as_ref().map(|(_, base)| base);
        base.map_or(Ok(()), |base| self.trust(base))?;
        let packed = self.with_packed(&checkpoint, base, cancel)?;
        let folder = self.folder(id);
        let was_noted = verified::is_noted(&checkpoint, &folder);
        self.describe(&packed)?;
        if was_noted {
            // Without the note, the next restore reads all files.
            let _ = verified::note(&packed, &folder);
        }
        self.clear(&packed)?;
        Ok(Packing::Packed)
    }

    /// A checkpoint whose memories are packed, all on the disk.
    fn with_packed(
        &self,
        checkpoint: &Checkpoint,
        base: Option<&Checkpoint>,
        cancel: &AtomicBool,
    ) -> Result<Checkpoint, MemoryError> {
        let folder = self.folder(checkpoint.id());
        let mut packed = checkpoint.clone();
        for node in &mut packed.nodes {
            let Some(memory) = node.memory.as_mut().filter(|memory| memory.packed.is_none()) else {
                continue;
            };
            let base = base.and_then(|base| Some((base, whole(base, &node.node)?)));
            memory.packed = Some(self.packed(&folder, &node.node, &memory.ram, base, cancel)?);
        }
        let base = base.map(Checkpoint::id).filter(|base| !packed.parents.contains(base));
        packed.parents.extend(base.cloned());
        write::sync(&folder.join("memory"))?;
        Ok(packed)
    }

    /// Writes the packed file of a memory, and shows that it can be unpacked.
    fn packed(
        &self,
        folder: &Path,
        node: &NodeName,
        ram: &SavedFile,
        base: Option<(&Checkpoint, &SavedFile)>,
        cancel: &AtomicBool,
    ) -> Result<PackedRam, MemoryError> {
        let inside = format!("memory/{node}.packed");
        let path = folder.join(&inside);
        let below = base.map(|(base, ram)| open(&self.folder(base.id()).join(&ram.path))).transpose()?;
        let below = below.as_ref().zip(base);
        let below = below.map(|(file, (_, ram))| Base { file, described: described(ram) });
        let mut file = tempfile::NamedTempFile::new_in(folder.join("memory"))?;
        let mut write = || -> Result<(), PackedError> {
            let memory = open(&folder.join(&ram.path))?;
            let out = BufWriter::new(file.as_file_mut());
            packed::pack(&memory, described(ram), below, out, cancel)?.flush()?;
            file.as_file_mut().rewind()?;
            packed::unpack(file.as_file(), described(ram), below, cancel, |_, _| Ok(()))?;
            Ok(file.as_file().sync_all()?)
        };
        write().map_err(MemoryError::of(node))?;
        named(file, &path)?;
        let (bytes, digest) = (fs_err::metadata(&path)?.len(), of_file(&path)?);
        let base = base.map(|(base, _)| base.id().clone());
        Ok(PackedRam { file: SavedFile { path: inside, bytes, digest }, base })
    }

    /// Makes the memories of a checkpoint ready for machines that are started from it. `waiting` is called
    /// once if another process packs them at this moment.
    ///
    /// # Errors
    /// When the checkpoint or the base of a memory is gone, one is damaged, a file cannot be read or written,
    /// or it is cancelled. Then nothing is left of it.
    pub fn ready(
        &self,
        id: &CheckpointId,
        cancel: &AtomicBool,
        waiting: impl FnOnce(),
    ) -> Result<Ready, MemoryError> {
        let lock = Lock::wait_shared(&self.memories_lock(id), cancel, waiting)?;
        let lock = Some(lock.ok_or(MemoryError::Cancelled)?);
        let ready = Ready { store: self.clone(), id: id.clone(), lock };
        let checkpoint = self.get(id)?.ok_or_else(|| MemoryError::Gone(id.clone()))?;
        let folder = self.folder(id);
        if !checkpoint.is_packed() || verified::is_unpacked(&checkpoint, &folder) {
            return Ok(ready);
        }
        let unpacked = threads::map(&checkpoint.nodes, |node| match &node.memory {
            Some(memory) => self.unpacked(&folder, &node.node, memory, cancel),
            None => Ok(()),
        });
        unpacked.into_iter().collect::<Result<(), _>>()?;
        // Without the note, the next one unpacks them again.
        let _ = verified::note_unpacked(&checkpoint, &folder);
        Ok(ready)
    }

    fn unpacked(
        &self,
        folder: &Path,
        node: &NodeName,
        memory: &SavedMemory,
        cancel: &AtomicBool,
    ) -> Result<(), MemoryError> {
        let Some(packed) = &memory.packed else { return Ok(()) };
        let file = tempfile::NamedTempFile::new_in(folder.join("memory"))?;
        file.as_file().set_len(memory.ram.bytes)?;
        let pass = |offset: u64, pages: &[u8]| file.as_file().write_all_at(pages, offset);
        self.unpack(folder, node, (&memory.ram, packed), cancel, pass)?;
        Ok(named(file, &folder.join(&memory.ram.path))?)
    }

    fn unpack(
        &self,
        folder: &Path,
        node: &NodeName,
        (ram, packed): (&SavedFile, &PackedRam),
        cancel: &AtomicBool,
        pass: impl FnMut(u64, &[u8]) -> io::Result<()>,
    ) -> Result<(), MemoryError> {
        let base = packed.base.as_ref().map(|id| {
            let missing = || MemoryError::Damage(Damage::Parent(id.clone()));
            let checkpoint = self.get(id)?.ok_or_else(missing)?;
            let ram = whole(&checkpoint, node).ok_or_else(missing)?.clone();
            let file = open(&self.folder(id).join(&ram.path)).map_err(|_| missing())?;
            Ok::<_, MemoryError>((file, ram))
        });
        let base = base.transpose()?;
        let base = base.as_ref().map(|(file, ram)| Base { file, described: described(ram) });
        let file = open(&folder.join(&packed.file.path))?;
        packed::unpack(file, described(ram), base, cancel, pass).map_err(MemoryError::of(node))
    }

    /// Unpacks the packed memories of a checkpoint to nowhere.
    ///
    /// # Errors
    /// The first that does not give the memory that was saved.
    pub(super) fn unpacks(&self, checkpoint: &Checkpoint) -> Result<(), Damage> {
        let folder = self.folder(checkpoint.id());
        for (node, memory) in
            checkpoint.nodes.iter().filter_map(|one| Some((&one.node, one.memory.as_ref()?)))
        {
            let Some(packed) = &memory.packed else { continue };
            let never = AtomicBool::new(false);
            self.unpack(&folder, node, (&memory.ram, packed), &never, |_, _| Ok(())).map_err(|error| {
                match error {
                    MemoryError::Damage(damage) => damage,
                    other => Damage::Packed {
                        path: folder.join(&packed.file.path),
                        why: crate::base::failure::chain(&other),
                    },
                }
            })?;
        }
        Ok(())
    }

    /// Whether files of memories are there that the description does not name: unpacked ones, say, of a
    /// process that was killed.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn has_surplus(&self, checkpoint: &Checkpoint) -> io::Result<bool> {
        Ok(!self.surplus(checkpoint)?.is_empty())
    }

    fn surplus(&self, checkpoint: &Checkpoint) -> io::Result<Vec<PathBuf>> {
        let folder = self.folder(checkpoint.id());
        let entries = match fs_err::read_dir(folder.join("memory")) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut surplus = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if checkpoint.files().all(|file| folder.join(&file.path) != path) {
                surplus.push(path);
            }
        }
        Ok(surplus)
    }

    /// Deletes these files. No other process may use the memories.
    fn clear(&self, checkpoint: &Checkpoint) -> io::Result<()> {
        for path in self.surplus(checkpoint)? {
            match fs_err::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    fn memories_lock(&self, id: &CheckpointId) -> PathBuf {
        self.locks().join("memories").join(id.to_string())
    }
}
