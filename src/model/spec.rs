//! Objects on a host and in guests, as they must be: what a plan makes and a provider carries out.
//!
//! Plain data. A digest of it tells whether what exists is what is wanted.

use std::collections::BTreeSet;
use std::fmt;
use std::net::Ipv4Addr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Bytes, Disk, DiskName, ImageName, LabName, Network, Nic, NodeName, Source};

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

/// A file in a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestFile {
    /// Its absolute path.
    pub path: String,
    /// Its permission bits.
    pub mode: u32,
    /// Its owner and group, `root:root`.
    pub owner: String,
    /// What is in it.
    pub content: String,
}

/// A shell script (`/bin/sh`), run as root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// What it does, in a few words: shown while it runs.
    pub title: String,
    /// Its text.
    pub text: String,
}

/// How the health of a service is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Probe {
    /// A script in a guest that ends with status 0 as soon as the service is healthy. It waits by itself, for
    /// events and not by sleeping; the time limit is the caller's.
    Exec {
        /// The script.
        script: Script,
    },
    /// An HTTP request from the embedded host that must be answered with status 200 and this text in the body.
    Http {
        /// Where to.
        ip: Ipv4Addr,
        /// The TCP port.
        port: u16,
        /// The path, starting with `/`.
        path: String,
        /// The text that the body must contain.
        expect: String,
    },
}

impl Probe {
    /// Where its answer is seen: a script in a node tells it, an HTTP request is a client's.
    pub fn source(&self) -> Source {
        match self {
            Self::Exec { .. } => Source::Told,
            Self::Http { .. } => Source::Clients,
        }
    }
}

/// A health check of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// The lab's name of the stack.
    pub stack: String,
    /// The check's name in the stack.
    pub id: String,
    /// What a person reads: `DRBD up to date on both nodes`.
    pub title: String,
    /// The node that it runs on; none for a check from outside.
    pub node: Option<NodeName>,
    /// How it is asked.
    pub probe: Probe,
}

/// Which of the steps before it a step waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum After {
    /// Those of all nodes, of all stacks; and until all nodes answer.
    #[default]
    AllNodes,
    /// Those of its own node: what the others are doing does not concern it.
    OwnNode,
}

/// When a step is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// In every set-up that touches a node of its stack.
    #[default]
    Always,
    /// In the set-up that makes all nodes of its stack: nothing of them serves yet, and nothing of before is on their disks.
    /// It is not run again when that set-up is interrupted, or when one node is recreated beside others.
    Founding,
    /// In no set-up, but whenever its node goes on from a saved memory, before its clock is set: for what takes the jump of the
    /// clock for a failure. It waits for no other node. Everybody waits for it, so it starts as few programs as it can.
    Waking,
}
