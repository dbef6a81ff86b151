//! Specifications of objects on a host and in guests: a plan creates them, a provider realises them.
//!
//! They are plain data. Comparing digests shows whether an existing object matches its specification.

use std::collections::BTreeSet;
use std::fmt;
use std::net::Ipv4Addr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::guard::Guard;
use super::{Bytes, Disk, DiskName, ImageName, LabName, Network, Nic, NodeName, Source};

/// The SHA-256 of a specification in its JSON form, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest(pub String);

impl Digest {
    /// The digest of a value in JSON form.
    ///
    /// # Panics
    /// If the value cannot be written as JSON; our plain data always can.
    pub fn of(value: &impl Serialize) -> Self {
        let json = serde_json::to_vec(value).expect("plain data is always JSON");
        Self(Sha256::digest(&json).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The first twelve digits, for people.
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
    /// The digest of all inputs; it names the image's file.
    pub digest: Digest,
    /// Packages in addition to the recipe's own.
    pub packages: BTreeSet<String>,
    /// Scripts to run in the image's root during the build, in order, after the packages are installed.
    pub bake: Vec<Script>,
}

/// The embedded host of an instance, as specified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostSpec {
    /// The lab of the instance.
    pub lab: LabName,
    /// The rules for the ports of its networks. None in descriptions of earlier versions.
    #[serde(default)]
    pub guard: Guard,
}

/// A network, as specified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkSpec {
    /// The lab's network.
    pub network: Network,
    /// Its UUID.
    pub uuid: Uuid,
    /// Whether a node reaches the Internet through it (management network only).
    pub uplink: bool,
}

/// Identifies a disk of a node.
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

/// The initial content of a disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiskSource {
    /// An overlay on an image of this digest.
    Image(Digest),
    /// Zeros; the size of the disk.
    Blank(Bytes),
}

/// Formatted for people: `image 0123456789ab`, `2GiB`.
impl fmt::Display for DiskSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DiskSource::Image(digest) => write!(f, "image {}", digest.short()),
            DiskSource::Blank(size) => write!(f, "{size}"),
        }
    }
}

/// A disk, as specified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskSpec {
    /// Its identifier.
    pub id: DiskId,
    /// Its initial content.
    pub source: DiskSource,
}

/// The seed of a guest: what it receives before its first boot, its identity and the files of its stacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedSpec {
    /// The node, which is also its host name.
    pub node: NodeName,
    /// The image, which determines how the seed is delivered.
    pub image: Digest,
    /// The guest's machine-id: 32 hexadecimal digits.
    pub machine_id: String,
    /// Its interfaces.
    pub nics: Vec<Nic>,
    /// The gateway to the Internet, if the node has one.
    pub gateway: Option<std::net::Ipv4Addr>,
    /// Names and addresses of every node and virtual address, for `/etc/hosts`.
    pub hosts: Vec<(String, std::net::Ipv4Addr)>,
    /// The rendered files of its stacks.
    pub files: Vec<GuestFile>,
}

/// A machine, as specified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestSpec {
    /// The lab, stored in our metadata of the machine.
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
    /// Which earlier steps it waits for.
    #[serde(default)]
    pub after: After,
    /// When it runs.
    #[serde(default)]
    pub when: When,
    /// The script, run as root in the guest. It must be idempotent.
    pub script: Script,
}

/// What stands before the name of a node, in place of the name of a stack, in a step that the lab itself has
/// on that node. No use of a stack can have such a name.
const OWN: &str = "own.";

/// The name, in place of that of a stack, of the steps that the lab itself has on a node.
pub fn own_name(node: &NodeName) -> String {
    format!("{OWN}{node}")
}

/// The node of such a name; none if it is that of a stack.
pub fn node_of_own(stack: &str) -> Option<&str> {
    stack.strip_prefix(OWN)
}

impl StepSpec {
    /// The step for people: `drbd/create`, or the path of a script of the lab.
    pub fn label(&self) -> String {
        match node_of_own(&self.stack) {
            Some(_) => self.step.clone(),
            None => format!("{}/{}", self.stack, self.step),
        }
    }
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
    /// Its content.
    pub content: String,
}

/// A shell script (`/bin/sh`), run as root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// A short description, shown while it runs.
    pub title: String,
    /// Its text.
    pub text: String,
}

/// How a health check finds out whether a service is healthy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Probe {
    /// A script in a guest that exits with status 0 as soon as the service is healthy. It waits for events,
    /// without sleeping; the caller limits its time.
    Exec {
        /// The script.
        script: Script,
    },
    /// An HTTP request from the embedded host that must be answered with status 200 and this text in the
    /// body.
    Http {
        /// The destination.
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
    /// The source of the answer: a script runs in a node, an HTTP request comes from a client.
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
    /// A title for people: `DRBD up to date on both nodes`.
    pub title: String,
    /// The node that it runs on; `None` for a check from outside.
    pub node: Option<NodeName>,
    /// The probe.
    pub probe: Probe,
}

/// A role of a node in a stack, as the node tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleSpec {
    /// The lab's name of the stack.
    pub stack: String,
    /// A title for people: `mirror of the disk`.
    pub title: String,
    /// The node.
    pub node: NodeName,
    /// Prints the role in one line, at once.
    pub script: Script,
}

/// Which earlier steps a step waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum After {
    /// Those of all nodes and stacks, and until all nodes answer.
    #[default]
    AllNodes,
    /// Those of its own node, independent of the other nodes.
    OwnNode,
}

/// When a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// In every set-up that touches a node of its stack.
    #[default]
    Always,
    /// In the set-up that creates all nodes of its stack, while no node serves yet and the disks are empty.
    /// It does not run again when that set-up is interrupted, or when one node is recreated.
    Founding,
    /// In no set-up, but whenever its node resumes from saved memory, before its clock is set: for services
    /// that would take the jump of the clock for a failure. It waits for no other node. All nodes wait for
    /// it, so it should start few programs.
    Waking,
}
