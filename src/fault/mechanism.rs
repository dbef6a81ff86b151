//! What a fault comes to on a node of a lab: the one thing that a provider does, looks at and takes back.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Scripts;
use crate::model::fault::{DiskIo, PauseClock};
use crate::model::{Bytes, Millis, NodeName, Protocol, Source};

/// One thing that can be done to a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Mechanism {
    /// Its process is killed; to heal it is to switch it on.
    PowerOff,
    /// It is asked to shut down; to heal it is to switch it on.
    ShutDown,
    /// Its kernel is made to panic; to heal it is to cut its power and switch it on.
    Crash,
    /// It stands still.
    Freeze {
        /// What its clock does.
        clock: PauseClock,
    },
    /// It runs only a part of the time.
    Starve {
        /// Which part, in percent.
        share: u32,
    },
    /// The link of interfaces is down.
    Unplug {
        /// The interfaces.
        plugs: Vec<Plug>,
    },
    /// Frames are dropped on the bridges.
    Filter(Filter),
    /// Frames are held up.
    Netem {
        /// The interfaces.
        plugs: Vec<Plug>,
        /// How.
        netem: Netem,
    },
    /// A disk does only so many operations in a second.
    Throttle {
        /// Its place among the machine's disks, from 0, the system's own.
        disk: usize,
        /// Operations in a second.
        operations: u32,
    },
    /// A disk answers with errors.
    BreakDisk {
        /// Its place among the machine's disks, from 0, the system's own.
        disk: usize,
        /// What fails.
        io: DiskIo,
    },
    /// Scripts in the guest.
    Script(Scripts),
}

/// An interface of the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Plug {
    /// Its place among the machine's interfaces, from 0.
    pub place: usize,
    /// Its name in the guest.
    pub device: String,
    /// Its other end on the host.
    pub tap: String,
    /// The host's own address on its network, which answers pings; none in what an older version wrote down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<Ipv4Addr>,
}

/// Which frames are dropped on the bridges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Filter {
    /// The node's ports.
    pub ports: Vec<Port>,
    /// Between whom.
    pub scope: Scope,
    /// Of which traffic; none for all.
    pub traffic: Option<Traffic>,
    /// How many.
    pub how: How,
}

/// A port of the node on a bridge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Port {
    /// The node's.
    pub tap: String,
    /// Those of the other nodes on the same bridge.
    pub others: Vec<String>,
    /// The node's address there, and the host's, to provoke a frame with.
    pub address: Ipv4Addr,
}

/// Between whom frames are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Between the node and everybody.
    Everybody,
    /// Between the node and the other nodes, in both directions.
    Nodes,
    /// From the node to the other nodes.
    ToNodes,
    /// From the other nodes to the node.
    FromNodes,
    /// Between the node and whoever is not a node.
    Clients,
}

/// Traffic of one protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Traffic {
    /// The protocol.
    pub protocol: Protocol,
    /// The port, at either end; none for a protocol without ports.
    pub port: Option<u16>,
}

/// How many frames are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// All.
    All,
    /// So many of a hundred, at random.
    Percent(u32),
    /// What is above so many bytes in a second, in each direction.
    Above(Bytes),
}

/// How frames are held up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Netem {
    /// For how long.
    pub latency: Millis,
    /// More or less by up to this.
    pub variation: Millis,
    /// So many of a hundred are not held up and overtake the others; none.
    pub overtake: Option<u32>,
}

/// Why a fault cannot be on a node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It has no interface on the network.
    #[error("{node} is not on the network {network}")]
    NotOnNetwork {
        /// The node.
        node: NodeName,
        /// The network.
        network: String,
    },
    /// No other node is on its networks.
    #[error("no other node is on a network of {0}")]
    Alone(NodeName),
    /// It does not run the service.
    #[error("no stack on {node} runs the service {service}")]
    NoService {
        /// The node.
        node: NodeName,
        /// The service.
        service: String,
    },
    /// None of its stacks says which service the cluster manager is.
    #[error("no stack on {0} says which of its services is the cluster manager")]
    NoClusterManager(NodeName),
    /// It does not talk on the path.
    #[error("no stack on {node} has the path {path}")]
    NoPath {
        /// The node.
        node: NodeName,
        /// The path.
        path: String,
    },
    /// It does not have the disk.
    #[error("{node} has no disk {disk}")]
    NoDisk {
        /// The node.
        node: NodeName,
        /// The disk.
        disk: String,
    },
    /// It has no part in a mirrored disk.
    #[error("no disk of {0} is mirrored by the stack drbd")]
    NoMirror(NodeName),
    /// There is no such node.
    #[error("there is no node {0}")]
    NoNode(NodeName),
    /// The catalogue does not have the fault.
    #[error("there is no fault {0}")]
    NoFault(String),
    /// The fault has no such value; it was not made from its row of the catalogue.
    #[error("the fault says nothing valid about its `{0}`")]
    NoValue(&'static str),
}

impl Mechanism {
    /// Whether it is gone once the node's power was off.
    pub fn ends_with_power(&self) -> bool {
        match self {
            Mechanism::PowerOff | Mechanism::ShutDown | Mechanism::Crash | Mechanism::Filter(_) => false,
            // netem may be on the tap, and is there again only if somebody puts it there.
            Mechanism::Freeze { .. }
            | Mechanism::Starve { .. }
            | Mechanism::Unplug { .. }
            | Mechanism::Netem { .. }
            | Mechanism::Throttle { .. }
            | Mechanism::BreakDisk { .. } => true,
            Mechanism::Script(scripts) => scripts.ends_with_power,
        }
    }

    /// Whether it lives on the host, so that making the node's machine and disks again does not end it.
    pub fn lives_on_host(&self) -> bool {
        matches!(self, Mechanism::Filter(_))
    }

    /// Whether switching the node on heals it.
    pub fn is_power(&self) -> bool {
        matches!(self, Mechanism::PowerOff | Mechanism::ShutDown | Mechanism::Crash)
    }

    /// Where its proof is seen: in the guest for what only the guest can feel.
    pub fn proof_source(&self) -> Source {
        match self {
            Mechanism::PowerOff
            | Mechanism::ShutDown
            | Mechanism::Crash
            | Mechanism::Freeze { .. }
            | Mechanism::Starve { .. }
            | Mechanism::Throttle { .. } => Source::Host,
            Mechanism::Filter(_) => Source::Wire,
            Mechanism::Unplug { .. }
            | Mechanism::Netem { .. }
            | Mechanism::BreakDisk { .. }
            | Mechanism::Script(_) => Source::Told,
        }
    }

    /// How long it may take to show.
    pub fn proof_limit(&self) -> Duration {
        Duration::from_secs(match self {
            // Services are stopped in order, of an emulated machine with other things to do.
            Mechanism::ShutDown => 180,
            Mechanism::Crash
            | Mechanism::Script(_)
            | Mechanism::Netem { .. }
            | Mechanism::Throttle { .. }
            | Mechanism::BreakDisk { .. } => 30,
            // As long as the slowest of the signs that nodes give each other takes, and one more.
            Mechanism::Filter(_) => 25,
            _ => 10,
        })
    }

    /// How long it may take to be gone.
    pub fn healing_limit(&self) -> Duration {
        Duration::from_secs(match self {
            Mechanism::Script(_) | Mechanism::Netem { .. } | Mechanism::Unplug { .. } => 60,
            _ => 20,
        })
    }
}
