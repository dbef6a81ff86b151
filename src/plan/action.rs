//! One change, as plain data: `lab plan` prints it, `apply` journals it, a provider performs it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::checkpoint::CheckpointSpec;
use crate::model::spec::{
    Digest, DiskId, DiskSpec, GuestSpec, HealthCheck, HostSpec, ImageSpec, NetworkSpec, SeedSpec, StepSpec,
};
use crate::model::{CheckpointId, NetworkName, NodeName};

/// One change on the host or in a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Build or fetch an image into the shared store. Never undone, because the store is a cache.
    EnsureImage(ImageSpec),
    /// Create the embedded host: namespaces and a libvirt daemon. A dead host is revived: its remaining
    /// processes are ended, its machines and networks are dropped, and the instance's disks and seeds stay.
    CreateHost(HostSpec),
    /// Destroy the embedded host with everything in it, in any state, and delete the instance's folder.
    DestroyHost,
    /// Define and start a network. One with this definition is only started.
    CreateNetwork(NetworkSpec),
    /// Stop and undefine a network.
    DeleteNetwork(NetworkName),
    /// Create a disk.
    CreateDisk(DiskSpec),
    /// Delete a disk with its content.
    DeleteDisk(DiskId),
    /// Write a guest's seed, replacing an existing one. [`Action::DefineGuest`] always follows, because a
    /// definition can contain parts of the seed.
    WriteSeed(SeedSpec),
    /// Delete a guest's seed.
    DeleteSeed(NodeName),
    /// Define or redefine a machine, without a seal. A running machine is redefined only with the same
    /// specification and another seed, which takes effect at its next start.
    DefineGuest(GuestSpec),
    /// Undefine a machine.
    UndefineGuest(NodeName),
    /// Switch a machine on, or resume a paused one.
    StartGuest(NodeName),
    /// Switch a machine off immediately.
    StopGuest(NodeName),
    /// Wait until a machine answers over SSH with the host key from its seed.
    AwaitGuest(NodeName),
    /// Update the files of a running guest to those of its seed; files of an earlier seed that this one lacks
    /// are deleted.
    PushFiles(SeedSpec),
    /// Run one step of a stack in a guest.
    RunStep(StepSpec),
    /// Wait until a health check passes.
    AwaitHealth(HealthCheck),
    /// Remove the seal ([`Action::Seal`]) of a machine before it is changed, so that an interruption from now
    /// on leaves it visibly unfinished.
    Unseal(NodeName),
    /// Replace the instance's SSH keys by those of a checkpoint, which its guests know.
    AdoptKeys(CheckpointId),
    /// Reset a disk to a checkpoint: replace it by an empty overlay on the saved disk. Its machine is off.
    LayDisk {
        /// The disk.
        disk: DiskSpec,
        /// The checkpoint.
        checkpoint: CheckpointId,
    },
    /// Load a machine with its memory in a checkpoint. It stays paused until [`Action::ResumeGuests`].
    LoadGuest {
        /// The machine.
        guest: GuestSpec,
        /// The checkpoint.
        checkpoint: CheckpointId,
    },
    /// Resume machines, all at the same time.
    ResumeGuests(Vec<NodeName>),
    /// Adjust a restored machine: set its clock and reseed its kernel's random number generator.
    WakeGuest(NodeName),
    /// Save the whole instance: pause all running machines, save memories and disks, and resume from the
    /// saved state, which also proves that it can be restored. On failure the instance resumes as it was and
    /// nothing is kept.
    SaveCheckpoint(Box<CheckpointSpec>),
    /// Record on a machine that it was configured to this digest and was healthy.
    Seal {
        /// The machine.
        node: NodeName,
        /// The digest of its configuration.
        digest: Digest,
    },
}

impl Action {
    /// The inverse action, if there is one.
    pub fn undo(&self) -> Option<Action> {
        match self {
            Action::CreateHost(_) => Some(Action::DestroyHost),
            Action::CreateNetwork(spec) => Some(Action::DeleteNetwork(spec.network.name.clone())),
            Action::CreateDisk(spec) => Some(Action::DeleteDisk(spec.id.clone())),
            Action::WriteSeed(spec) => Some(Action::DeleteSeed(spec.node.clone())),
            Action::DefineGuest(spec) => Some(Action::UndefineGuest(spec.node.clone())),
            Action::StartGuest(node) => Some(Action::StopGuest(node.clone())),
            Action::LayDisk { disk, .. } => Some(Action::DeleteDisk(disk.id.clone())),
            Action::LoadGuest { guest, .. } => Some(Action::StopGuest(guest.node.clone())),
            Action::EnsureImage(_)
            | Action::DestroyHost
            | Action::DeleteNetwork(_)
            | Action::DeleteDisk(_)
            | Action::DeleteSeed(_)
            | Action::UndefineGuest(_)
            | Action::StopGuest(_)
            | Action::AwaitGuest(_)
            | Action::PushFiles(_)
            | Action::RunStep(_)
            | Action::AwaitHealth(_)
            | Action::Unseal(_)
            | Action::AdoptKeys(_)
            | Action::ResumeGuests(_)
            | Action::WakeGuest(_)
            | Action::SaveCheckpoint(_)
            | Action::Seal { .. } => None,
        }
    }

    /// The node that it applies to, if any.
    pub fn node(&self) -> Option<&NodeName> {
        match self {
            Action::CreateDisk(spec) | Action::LayDisk { disk: spec, .. } => Some(&spec.id.node),
            Action::DeleteDisk(id) => Some(&id.node),
            Action::WriteSeed(spec) | Action::PushFiles(spec) => Some(&spec.node),
            Action::DefineGuest(spec) | Action::LoadGuest { guest: spec, .. } => Some(&spec.node),
            Action::RunStep(spec) => Some(&spec.node),
            Action::DeleteSeed(node)
            | Action::UndefineGuest(node)
            | Action::StartGuest(node)
            | Action::StopGuest(node)
            | Action::AwaitGuest(node)
            | Action::Unseal(node)
            | Action::WakeGuest(node)
            | Action::Seal { node, .. } => Some(node),
            Action::AwaitHealth(check) => check.node.as_ref(),
            Action::EnsureImage(_)
            | Action::CreateHost(_)
            | Action::DestroyHost
            | Action::CreateNetwork(_)
            | Action::DeleteNetwork(_)
            | Action::AdoptKeys(_)
            | Action::ResumeGuests(_)
            | Action::SaveCheckpoint(_) => None,
        }
    }
}

/// Formatted for people: `create network public`.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::EnsureImage(spec) => write!(f, "prepare image {} ({})", spec.name, spec.digest.short()),
            Action::CreateHost(_) => write!(f, "create embedded host"),
            Action::DestroyHost => write!(f, "end embedded host"),
            Action::CreateNetwork(spec) => write!(f, "create network {}", spec.network.name),
            Action::DeleteNetwork(name) => write!(f, "delete network {name}"),
            Action::CreateDisk(spec) => write!(f, "create disk {}", spec.id),
            Action::DeleteDisk(id) => write!(f, "delete disk {id}"),
            Action::WriteSeed(spec) => write!(f, "write seed of {}", spec.node),
            Action::DeleteSeed(node) => write!(f, "delete seed of {node}"),
            Action::DefineGuest(spec) => write!(f, "define {}", spec.node),
            Action::UndefineGuest(node) => write!(f, "undefine {node}"),
            Action::StartGuest(node) => write!(f, "start {node}"),
            Action::StopGuest(node) => write!(f, "stop {node}"),
            Action::AwaitGuest(node) => write!(f, "wait for {node} to answer"),
            Action::PushFiles(spec) => write!(f, "update files of {}", spec.node),
            Action::RunStep(spec) => write!(f, "run {} on {}", spec.label(), spec.node),
            Action::AwaitHealth(HealthCheck { title, node: Some(node), .. }) => {
                write!(f, "wait for \"{title}\" on {node}")
            }
            Action::AwaitHealth(HealthCheck { title, node: None, .. }) => write!(f, "wait for \"{title}\""),
            Action::AdoptKeys(_) => write!(f, "take the saved keys"),
            Action::LayDisk { disk, .. } => write!(f, "put back disk {}", disk.id),
            Action::LoadGuest { guest, .. } => write!(f, "load {}", guest.node),
            Action::ResumeGuests(nodes) => {
                let names: Vec<&str> = nodes.iter().map(NodeName::as_str).collect();
                write!(f, "resume {}", names.join(", "))
            }
            Action::WakeGuest(node) => write!(f, "set the clock of {node}"),
            Action::SaveCheckpoint(spec) => write!(f, "save checkpoint {}", spec.id),
            Action::Unseal(node) => write!(f, "mark {node} as changing"),
            Action::Seal { node, .. } => write!(f, "mark {node} as configured"),
        }
    }
}
