//! One change, as plain data: printed by `lab plan`, journaled by `apply`, performed by a provider.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::checkpoint::{CheckpointId, CheckpointSpec};
use crate::model::{Bytes, Disk, DiskName, ImageName, LabName, Network, NetworkName, Nic, NodeName};
use crate::stack::{After, GuestFile, HealthCheck, Script, When};

/// The SHA-256 of a specification in its JSON form, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest(pub String);

impl Digest {
    /// The digest of anything that can be written as JSON.
    ///
    /// # Panics
    /// If the value cannot be written as JSON, which our plain data always can.
    pub fn of(value: &impl Serialize) -> Self {
        let json = serde_json::to_vec(value).expect("plain data is always JSON");
        Self(Sha256::digest(&json).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The first twelve digits: enough to tell two apart when people read it.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The image of a node: a recipe of the catalogue with the packages of the node's stacks baked in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageSpec {
    /// The recipe.
    pub name: ImageName,
    /// The digest of everything that goes in; the image's file is named by it.
    pub digest: Digest,
    /// Packages on top of the recipe's own.
    pub packages: BTreeSet<String>,
    /// Scripts run in the image's root while it is built, in order, after the packages.
    pub bake: Vec<Script>,
}

/// The embedded host of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostSpec {
    /// The lab that the instance is of.
    pub lab: LabName,
}

/// A network as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkSpec {
    /// The lab's network.
    pub network: Network,
    /// Its UUID.
    pub uuid: Uuid,
    /// Whether some node reaches the outside through it (only the management network).
    pub uplink: bool,
}

/// Which disk of which node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DiskId {
    /// The node.
    pub node: NodeName,
    /// The secondary disk, or the system disk when there is no name.
    pub disk: Option<DiskName>,
}

impl fmt::Display for DiskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.disk {
            Some(disk) => write!(f, "{}/{disk}", self.node),
            None => write!(f, "{}/system", self.node),
        }
    }
}

/// What a disk starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiskSource {
    /// An overlay on an image of this digest.
    Image(Digest),
    /// Zeros, of this size.
    Blank(Bytes),
}

/// What a person reads: `image 0123456789ab`, `2GiB`.
impl fmt::Display for DiskSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DiskSource::Image(digest) => write!(f, "image {}", digest.short()),
            DiskSource::Blank(size) => write!(f, "{size}"),
        }
    }
}

/// A disk as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskSpec {
    /// Which.
    pub id: DiskId,
    /// What it starts from.
    pub source: DiskSource,
}

/// What a guest is told before its first boot: who it is, and the files of its stacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedSpec {
    /// The node, which is also its host name.
    pub node: NodeName,
    /// The image, which decides how the seed is delivered.
    pub image: Digest,
    /// The guest's machine-id: 32 hexadecimal digits.
    pub machine_id: String,
    /// Its interfaces.
    pub nics: Vec<Nic>,
    /// The gateway to the outside, if the node has one.
    pub gateway: Option<std::net::Ipv4Addr>,
    /// Names and addresses of every node and virtual address, for `/etc/hosts`.
    pub hosts: Vec<(String, std::net::Ipv4Addr)>,
    /// The files that its stacks render.
    pub files: Vec<GuestFile>,
}

/// A machine as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestSpec {
    /// The lab, for our mark.
    pub lab: LabName,
    /// The node.
    pub node: NodeName,
    /// The machine's UUID.
    pub uuid: Uuid,
    /// The image that it boots.
    pub image: Digest,
    /// Memory.
    pub memory: Bytes,
    /// Virtual processors.
    pub cpus: u32,
    /// Interfaces.
    pub nics: Vec<Nic>,
    /// Secondary disks.
    pub disks: Vec<Disk>,
}

/// One step of a stack on one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepSpec {
    /// Where it runs.
    pub node: NodeName,
    /// The lab's name of the stack.
    pub stack: String,
    /// The step's name in the stack.
    pub step: String,
    /// Which of the steps before it it waits for.
    #[serde(default)]
    pub after: After,
    /// When it is due.
    #[serde(default)]
    pub when: When,
    /// What runs, as root, in the guest. Running it twice equals running it once.
    pub script: Script,
}

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
