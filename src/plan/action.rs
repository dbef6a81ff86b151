//! One change, as plain data: printed by `lab plan`, journaled by `apply`, performed by a provider.

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
    /// Build or fetch an image into the store that all labs share. Never taken back: it is a cache.
    EnsureImage(ImageSpec),
    /// Make the embedded host: namespaces and a libvirt daemon. One that died is revived: what is left of its
    /// processes is ended, its machines and networks are forgotten, and the disks and seeds of the instance stay.
    CreateHost(HostSpec),
    /// End the embedded host and everything in it, and delete the instance's folder, in whatever state they are.
    DestroyHost,
    /// Define and start a network. One that is defined like this already is only started.
    CreateNetwork(NetworkSpec),
    /// Stop and forget a network.
    DeleteNetwork(NetworkName),
    /// Make a disk.
    CreateDisk(DiskSpec),
    /// Delete a disk and what is on it.
    DeleteDisk(DiskId),
    /// Write a guest's seed, in place of one that is there. [`Action::DefineGuest`] follows it always, because a
    /// definition may carry what the seed says.
    WriteSeed(SeedSpec),
    /// Delete a guest's seed.
    DeleteSeed(NodeName),
    /// Define a machine, or define it anew without a seal. While the machine runs it is only defined anew with the
    /// same specification and another seed: that takes effect at its next start.
    DefineGuest(GuestSpec),
    /// Forget a machine.
    UndefineGuest(NodeName),
    /// Switch a machine on, or resume it when it is paused.
    StartGuest(NodeName),
    /// Switch a machine off, at once.
    StopGuest(NodeName),
    /// Wait until a machine answers over SSH with the host key that it was given.
    AwaitGuest(NodeName),
    /// Bring the files of a running guest to what its seed says; files that an earlier seed gave it and this one does
    /// not are deleted.
    PushFiles(SeedSpec),
    /// Run one step of a stack in a guest.
    RunStep(StepSpec),
    /// Wait until a service answers its health check.
    AwaitHealth(HealthCheck),
    /// Take the note of [`Action::Seal`] off a machine before anything about it changes, so that whoever is
    /// interrupted after this is known not to have finished.
    Unseal(NodeName),
    /// Take the SSH keys that the guests of a checkpoint know in the place of the instance's own.
    AdoptKeys(CheckpointId),
    /// Put a disk back to what it was in a checkpoint: an empty overlay on the saved one, in place of what is there. Its
    /// machine is off.
    LayDisk {
        /// The disk.
        disk: DiskSpec,
        /// The checkpoint.
        checkpoint: CheckpointId,
    },
    /// Switch a machine on with the memory that it had in a checkpoint. It does not run until
    /// [`Action::ResumeGuests`].
    LoadGuest {
        /// The machine.
        guest: GuestSpec,
        /// The checkpoint.
        checkpoint: CheckpointId,
    },
    /// Let machines go on, all at the same time.
    ResumeGuests(Vec<NodeName>),
    /// Tell a machine that it was asleep: set its clock, and give its kernel other random numbers.
    WakeGuest(NodeName),
    /// Save the whole instance: pause all that runs, save memories and disks, and go on from what was saved, which is
    /// also the proof that it can be restored. When that fails, the instance goes on as it was and nothing is kept.
    SaveCheckpoint(Box<CheckpointSpec>),
    /// Note on a machine that it was configured to this digest and was healthy.
    Seal {
        /// The machine.
        node: NodeName,
        /// The digest of all that configured it.
        digest: Digest,
    },
}

impl Action {
    /// The action that takes this one back, if it can be taken back.
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

    /// The node that it concerns, if it concerns one.
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

/// What a person reads: `create network public`.
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
            Action::RunStep(spec) => write!(f, "run {}/{} on {}", spec.stack, spec.step, spec.node),
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
