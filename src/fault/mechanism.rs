//! The mechanism of a fault on a node of a lab: a single operation that a provider injects, observes and
//! heals.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Scripts;
use crate::model::fault::{DiskIo, PauseClock};
use crate::model::{Bytes, Millis, NodeName, Protocol, Source};

/// An operation on a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Mechanism {
    /// Kills the machine's process; healing switches it on.
    PowerOff,
    /// Shuts the machine down; healing switches it on.
    ShutDown,
    /// Makes the kernel panic; healing cuts the power and switches the machine on.
    Crash,
    /// Pauses the machine.
    Freeze {
        /// The behaviour of its clock.
        clock: PauseClock,
    },
    /// Limits the machine's processor time.
    Starve {
        /// The remaining share, in percent.
        share: u32,
    },
    /// Takes the link of interfaces down.
    Unplug {
        /// The interfaces.
        plugs: Vec<Plug>,
    },
    /// Drops frames on the bridges.
    Filter(Filter),
    /// Delays frames.
    Netem {
        /// The interfaces.
        plugs: Vec<Plug>,
        /// The parameters.
        netem: Netem,
    },
    /// Limits the operations of a disk.
    Throttle {
        /// The disk's index in the machine, from 0, the system disk.
        disk: usize,
        /// Operations per second.
        operations: u32,
    },
    /// Makes operations of a disk fail.
    BreakDisk {
        /// The disk's index in the machine, from 0, the system disk.
        disk: usize,
        /// The failing operations.
        io: DiskIo,
    },
    /// Scripts in the guest.
    Script(Scripts),
}

/// An interface of the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Plug {
    /// Its index in the machine, from 0.
    pub place: usize,
    /// Its name in the guest.
    pub device: String,
    /// The tap device on the host.
    pub tap: String,
    /// The host's own address on its network, which answers pings; `None` in journals of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<Ipv4Addr>,
}

/// A filter that drops frames on the bridges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Filter {
    /// The node's ports.
    pub ports: Vec<Port>,
    /// The affected peers.
    pub scope: Scope,
    /// The affected traffic; `None` for all.
    pub traffic: Option<Traffic>,
    /// The dropped share.
    pub how: How,
}

/// A port of the node on a bridge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Port {
    /// The node's tap device.
    pub tap: String,
    /// The tap devices of the other nodes on the same bridge.
    pub others: Vec<String>,
    /// The addresses of the node and of the host there, for provoking a frame.
    pub address: Ipv4Addr,
}

/// The peers between which frames are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The node and all others.
    Everybody,
    /// The node and the other nodes, in both directions.
    Nodes,
    /// From the node to the other nodes.
    ToNodes,
    /// From the other nodes to the node.
    FromNodes,
    /// The node and all peers that are not nodes.
    Clients,
}

/// Traffic of one protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Traffic {
    /// The protocol.
    pub protocol: Protocol,
    /// The port at either end; `None` for a protocol without ports.
    pub port: Option<u16>,
}

/// The share of frames that are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// All.
    All,
    /// A percentage, at random.
    Percent(u32),
    /// Frames above this number of bytes per second, in each direction.
    Above(Bytes),
}

/// The delay of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Netem {
    /// The latency.
    pub latency: Millis,
    /// The random variation of the latency, in both directions.
    pub variation: Millis,
    /// The percentage of frames that are not delayed and overtake the others; `None` for none.
    pub overtake: Option<u32>,
}

/// Why a fault cannot be injected into a node.
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
    /// None of its stacks declares a cluster manager.
    #[error("no stack on {0} says which of its services is the cluster manager")]
    NoClusterManager(NodeName),
    /// It has no such path.
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
    /// It has no mirrored disk.
    #[error("no disk of {0} is mirrored by the stack drbd")]
    NoMirror(NodeName),
    /// There is no such node.
    #[error("there is no node {0}")]
    NoNode(NodeName),
    /// The catalogue does not have the fault.
    #[error("there is no fault {0}")]
    NoFault(String),
    /// The fault has no such value; it was not built from its row of the catalogue.
    #[error("the fault says nothing valid about its `{0}`")]
    NoValue(&'static str),
}

impl Mechanism {
    /// Whether it ends when the node's power is cut.
    pub fn ends_with_power(&self) -> bool {
        match self {
            Mechanism::PowerOff | Mechanism::ShutDown | Mechanism::Crash | Mechanism::Filter(_) => false,
            // netem may be on the tap device, which is recreated without it.
            Mechanism::Freeze { .. }
            | Mechanism::Starve { .. }
            | Mechanism::Unplug { .. }
            | Mechanism::Netem { .. }
            | Mechanism::Throttle { .. }
            | Mechanism::BreakDisk { .. } => true,
            Mechanism::Script(scripts) => scripts.ends_with_power,
        }
    }

    /// Whether it is on the host, so that recreating the node's machine and disks does not end it.
    pub fn lives_on_host(&self) -> bool {
        matches!(self, Mechanism::Filter(_))
    }

    /// Whether switching the node on heals it.
    pub fn is_power(&self) -> bool {
        matches!(self, Mechanism::PowerOff | Mechanism::ShutDown | Mechanism::Crash)
    }

    /// The source of its proof: the guest, for effects that only the guest can observe.
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

    /// How long it may take to show an effect.
    pub fn proof_limit(&self) -> Duration {
        Duration::from_secs(match self {
            // A service is stopped in order by an emulated, possibly busy machine.
            Mechanism::ShutDown => 180,
            Mechanism::Crash
            | Mechanism::Script(_)
            | Mechanism::Netem { .. }
            | Mechanism::Throttle { .. }
            | Mechanism::BreakDisk { .. } => 30,
            // The longest interval of any protocol's signs of life, and one more.
            Mechanism::Filter(_) => 25,
            _ => 10,
        })
    }

    /// How long its effect may take to disappear.
    pub fn healing_limit(&self) -> Duration {
        Duration::from_secs(match self {
            Mechanism::Script(_) | Mechanism::Netem { .. } | Mechanism::Unplug { .. } => 60,
            _ => 20,
        })
    }
}
