//! The description of a checkpoint, `checkpoint.json`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Inputs;
use crate::instance::Instance;
use crate::model::CheckpointId;
use crate::model::NodeName;
use crate::model::spec::{Digest, DiskSpec};

/// The version of the format that this program writes.
pub const VERSION: u32 = 1;

/// The kind of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A baseline, made automatically after a cold `lab up`. It is kept only if every health check passes
    /// after a restore.
    Start,
    /// Made at the user's request, in any state of the lab. It is kept only if every machine that ran answers
    /// after a restore.
    Named,
    /// Made for an exercise: its start, a save point, or what a grading restores. It is kept as
    /// [`Kind::Named`] is, and is not needed once no instance depends on it.
    Exercise,
}

/// A checkpoint to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CheckpointSpec {
    /// Its future name.
    pub id: CheckpointId,
    /// Its kind.
    pub kind: Kind,
    /// The user's note; empty for a baseline.
    pub note: String,
    /// The time of the request.
    pub created: Timestamp,
    /// The inputs of the lab.
    pub inputs: Inputs,
    /// The saved instance, with its lab.
    pub instance: Instance,
}

/// A complete checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Checkpoint {
    /// The version of this format.
    pub version: u32,
    /// The specification it was made from.
    pub spec: CheckpointSpec,
    /// Its nodes, in the order of the lab.
    pub nodes: Vec<SavedNode>,
    /// The checkpoints with backing files of its disks, or with the bases of its packed memories.
    pub parents: Vec<CheckpointId>,
    /// The images with backing files of its disks, which must not change either.
    pub images: Vec<SavedImage>,
}

/// An image with a backing file of a checkpoint's disks. A rebuilt image has another disk under the same
/// digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SavedImage {
    /// The image's digest.
    pub digest: Digest,
    /// The image's creation time.
    pub created: Timestamp,
}

/// One node of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SavedNode {
    /// Its name.
    pub node: NodeName,
    /// Its memory; `None` if it was off.
    pub memory: Option<SavedMemory>,
    /// Its disks, the system disk first.
    pub disks: Vec<SavedDisk>,
    /// The digest of its seal.
    pub sealed: Option<Digest>,
}

/// The memory of a running machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SavedMemory {
    /// Its RAM, byte for byte, with holes for zeros. It is mapped, never read as a whole. Of a packed memory
    /// this is the file that unpacking gives.
    pub ram: SavedFile,
    /// The state of processors and devices, in QEMU's migration format.
    pub state: SavedFile,
    /// Its RAM as it is kept, if it is packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packed: Option<PackedRam>,
}

/// A packed RAM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PackedRam {
    /// Its file ([`super::packed`]).
    pub file: SavedFile,
    /// The checkpoint with its base, the RAM of the same node; none if it is whole by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<CheckpointId>,
}

impl SavedMemory {
    /// The file that has the RAM: packed, or as it is.
    fn kept(&self) -> &SavedFile {
        self.packed.as_ref().map_or(&self.ram, |packed| &packed.file)
    }
}

/// A disk of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SavedDisk {
    /// Its specification.
    pub spec: DiskSpec,
    /// Its file: the qcow2 overlay at that moment.
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
    /// The digest of its content ([`super::of_file`]).
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
            let memory = node.memory.iter().flat_map(|memory| [memory.kept(), &memory.state]);
            memory.chain(node.disks.iter().map(|disk| &disk.file))
        })
    }

    /// Whether a memory of it is packed.
    pub fn is_packed(&self) -> bool {
        self.nodes.iter().flat_map(|node| &node.memory).any(|memory| memory.packed.is_some())
    }

    /// Whether a memory of it is not packed.
    pub fn is_whole(&self) -> bool {
        self.nodes.iter().flat_map(|node| &node.memory).any(|memory| memory.packed.is_none())
    }
}
