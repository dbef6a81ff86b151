//! What a checkpoint is: its description, `checkpoint.json`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Inputs;
use crate::instance::Instance;
use crate::model::CheckpointId;
use crate::model::NodeName;
use crate::model::spec::{Digest, DiskSpec};

/// The version of the format that this program writes.
pub const VERSION: u32 = 1;

/// Which of the two kinds it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Made by itself after a cold `lab up`. It is kept only if every health check is green after a restore.
    Start,
    /// Made because a user wants to come back to it, in whatever state the lab is. It is kept only if every machine that
    /// ran answers after a restore.
    Named,
}

/// A checkpoint that is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CheckpointSpec {
    /// What it will be called.
    pub id: CheckpointId,
    /// Its kind.
    pub kind: Kind,
    /// What the user says about it; empty for a start.
    pub note: String,
    /// When it was asked for.
    pub created: Timestamp,
    /// What the lab was made from.
    pub inputs: Inputs,
    /// The instance that is saved, with its lab.
    pub instance: Instance,
}

/// A checkpoint that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Checkpoint {
    /// The version of this format.
    pub version: u32,
    /// What was asked for.
    pub spec: CheckpointSpec,
    /// Its nodes, in the order of the lab.
    pub nodes: Vec<SavedNode>,
    /// The checkpoints that its disks stand upon.
    pub parents: Vec<CheckpointId>,
    /// The images that its disks stand upon, of which nothing may change either.
    pub images: Vec<SavedImage>,
}

/// An image that disks of a checkpoint stand upon. One that was built again has another disk under the same digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SavedImage {
    /// Which.
    pub digest: Digest,
    /// When it was made.
    pub created: Timestamp,
}

/// One node of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SavedNode {
    /// Which.
    pub node: NodeName,
    /// Its memory; none if it was off.
    pub memory: Option<SavedMemory>,
    /// Its disks, the system disk first.
    pub disks: Vec<SavedDisk>,
    /// What it was sealed with.
    pub sealed: Option<Digest>,
}

/// The memory of a machine that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SavedMemory {
    /// Its RAM, byte for byte, with holes where it is zero. It is mapped, never read as a whole.
    pub ram: SavedFile,
    /// The rest of the machine: processors and devices, as QEMU migrates them.
    pub state: SavedFile,
}

/// A disk of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SavedDisk {
    /// What it is.
    pub spec: DiskSpec,
    /// Its file: the qcow2 overlay as it was.
    pub file: SavedFile,
}

/// A file of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SavedFile {
    /// Its path inside the checkpoint's folder.
    pub path: String,
    /// Its length, in bytes.
    pub bytes: u64,
    /// The digest of what is in it ([`super::of_file`]).
    pub digest: Digest,
}

impl Checkpoint {
    /// Its name.
    pub fn id(&self) -> &CheckpointId {
        &self.spec.id
    }

    /// All its files.
    pub fn files(&self) -> impl Iterator<Item = &SavedFile> {
        self.nodes.iter().flat_map(|node| {
            let memory = node.memory.iter().flat_map(|memory| [&memory.ram, &memory.state]);
            memory.chain(node.disks.iter().map(|disk| &disk.file))
        })
    }
}
