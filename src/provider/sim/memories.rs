//! The files of simulated checkpoints in a store: memories have pages, so that packing them is real.

use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::checkpoints::SimCheckpoint;
use crate::checkpoint::{Checkpoint, CheckpointStore, SavedFile, SavedMemory, of_file};
use crate::model::spec::Digest;
use crate::model::{CheckpointId, NodeName};

/// The file of all disks, and of all states of devices, of a simulated checkpoint. It is empty.
pub(super) const EMPTY: &str = "simulated";

/// The size of a page, in bytes.
const PAGE: usize = 4096;

/// The pages of a memory, of which the last ones are zeros.
const PAGES: u64 = 40;

/// The pages that no command changes.
const LASTING: u64 = 24;

/// The pages behind these that follow from what was done on the machine.
const CHANGING: u64 = 3;

/// Writes the files of a checkpoint that was just made, and its description.
///
/// # Errors
/// When one cannot be written.
pub(super) fn keep(
    store: &CheckpointStore,
    mut checkpoint: Checkpoint,
    saved: &SimCheckpoint,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let folder = store.folder(checkpoint.id());
    fs_err::create_dir_all(folder.join("memory"))?;
    fs_err::write(folder.join(EMPTY), "")?;
    let empty = file(&folder, EMPTY.to_owned())?;
    for node in &mut checkpoint.nodes {
        node.disks.iter_mut().for_each(|disk| disk.file = empty.clone());
        let Some(memory) = &mut node.memory else { continue };
        let inside = format!("memory/{}.ram", node.node);
        write(&folder.join(&inside), &node.node, saved)?;
        *memory = SavedMemory { ram: file(&folder, inside)?, state: empty.clone(), packed: None };
    }
    Ok(store.commit(&checkpoint)?)
}

fn file(folder: &Path, path: String) -> std::io::Result<SavedFile> {
    let full = folder.join(&path);
    Ok(SavedFile { path, bytes: fs_err::metadata(&full)?.len(), digest: of_file(&full)? })
}

/// Writes a memory: pages of the node, pages that follow from its disks, and a hole.
fn write(path: &Path, node: &NodeName, saved: &SimCheckpoint) -> std::io::Result<()> {
    let disks: Vec<_> = saved.disks.iter().filter(|(id, _)| id.node == *node).map(|(_, disk)| disk).collect();
    let content = |page: u64| match page {
        0..LASTING => Digest::of(&(node, page)),
        _ => Digest::of(&(node, page, &disks, &saved.cluster)),
    };
    // A process that was killed may have left one that cannot be written.
    match fs_err::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let memory = fs_err::File::create(path)?.into_parts().0;
    memory.set_len(PAGES * PAGE as u64)?;
    for page in 0..LASTING + CHANGING {
        let text = content(page).0.repeat(PAGE / 64);
        memory.write_all_at(text.as_bytes(), page * PAGE as u64)?;
    }
    Ok(())
}

/// Reads the memory of a node, as a machine would that is started from it.
///
/// # Errors
/// When it is not there, or not what was saved.
pub(super) fn load(
    store: &CheckpointStore,
    id: &CheckpointId,
    node: &NodeName,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let checkpoint = store.get(id)?.ok_or("the checkpoint is not in the store")?;
    let saved = checkpoint.nodes.iter().find(|saved| saved.node == *node);
    let memory = saved.and_then(|saved| saved.memory.as_ref()).ok_or("it has no memory of the node")?;
    match of_file(&store.folder(id).join(&memory.ram.path))? == memory.ram.digest {
        true => Ok(()),
        false => Err("the memory is not what was saved".into()),
    }
}
