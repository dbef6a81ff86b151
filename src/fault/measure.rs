//! What a fault comes to on a node of a lab: the one thing that a provider does, looks at and takes back.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::scripts::{self, Scripts};
use crate::model::fault::{Direction, DiskIo, Fault, PauseClock};
use crate::model::{
    Bytes, CLIENT_PATH, DiskName, Duty, Lab, Millis, NetworkName, Node, NodeName, PathName, Protocol,
    ServiceName, ServiceRole,
};

/// One thing that can be done to a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Measure {
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
        network: NetworkName,
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
        service: ServiceName,
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
        path: PathName,
    },
    /// It does not have the disk.
    #[error("{node} has no disk {disk}")]
    NoDisk {
        /// The node.
        node: NodeName,
        /// The disk.
        disk: DiskName,
    },
    /// It has no part in a mirrored disk.
    #[error("no disk of {0} is mirrored by the stack drbd")]
    NoMirror(NodeName),
    /// There is no such node.
    #[error("there is no node {0}")]
    NoNode(NodeName),
}

impl Measure {
    /// Whether it is gone once the node's power was off.
    pub fn ends_with_power(&self) -> bool {
        match self {
            Measure::PowerOff | Measure::ShutDown | Measure::Crash | Measure::Filter(_) => false,
            // netem may be on the tap, and is there again only if somebody puts it there.
            Measure::Freeze { .. }
            | Measure::Starve { .. }
            | Measure::Unplug { .. }
            | Measure::Netem { .. }
            | Measure::Throttle { .. }
            | Measure::BreakDisk { .. } => true,
            Measure::Script(scripts) => scripts.ends_with_power,
        }
    }

    /// Whether it lives on the host, so that making the node's machine and disks again does not end it.
    pub fn lives_on_host(&self) -> bool {
        matches!(self, Measure::Filter(_))
    }

    /// Whether switching the node on heals it.
    pub fn is_power(&self) -> bool {
        matches!(self, Measure::PowerOff | Measure::ShutDown | Measure::Crash)
    }
}

/// What a fault comes to on a node.
///
/// # Errors
/// When the node lacks what the fault is about.
pub fn measure(lab: &Lab, name: &NodeName, fault: &Fault) -> Result<Measure, Unfit> {
    let node = lab.node(name).ok_or_else(|| Unfit::NoNode(name.clone()))?;
    let plugs = |network: &Option<NetworkName>| plugs(lab, node, network.as_ref());
    let filter = |network: &Option<NetworkName>, scope, traffic, how| {
        let ports = ports(lab, node, network.as_ref())?;
        if scope != Scope::Everybody
            && scope != Scope::Clients
            && ports.iter().all(|port| port.others.is_empty())
        {
            return Err(Unfit::Alone(name.clone()));
        }
        Ok(Measure::Filter(Filter { ports, scope, traffic, how }))
    };
    let unit = |service: &ServiceName| unit(lab, name, service);
    Ok(match fault {
        Fault::PowerCut => Measure::PowerOff,
        Fault::GracefulStop => Measure::ShutDown,
        Fault::KernelPanic => Measure::Crash,
        Fault::Pause { clock } => Measure::Freeze { clock: *clock },
        Fault::CpuStarvation { share } => Measure::Starve { share: *share },
        Fault::ClockJump { by, backward } => Measure::Script(scripts::clock_jump(*by, *backward)),
        Fault::ServiceKill { service, restart } => Measure::Script(scripts::kill(&unit(service)?, *restart)),
        Fault::ServiceHang { service } => Measure::Script(scripts::hang(&unit(service)?)),
        Fault::ServiceStop { service } => Measure::Script(scripts::stop(&unit(service)?)),
        Fault::ClusterKill { restart } => Measure::Script(scripts::kill(&manager(lab, name)?, *restart)),
        Fault::ClusterHang => Measure::Script(scripts::hang(&manager(lab, name)?)),
        Fault::LinkDown { network } => Measure::Unplug { plugs: plugs(network)? },
        Fault::SilentCut { network } => filter(network, Scope::Everybody, None, How::All)?,
        Fault::Partition { network } => filter(network, Scope::Nodes, None, How::All)?,
        Fault::OneWay { direction: Direction::Out, network } => {
            filter(network, Scope::ToNodes, None, How::All)?
        }
        Fault::OneWay { direction: Direction::In, network } => {
            filter(network, Scope::FromNodes, None, How::All)?
        }
        Fault::PathCut { path } if path.as_str() == CLIENT_PATH => {
            filter(&None, Scope::Clients, None, How::All)?
        }
        Fault::PathCut { path } => {
            let (_, found) = lab
                .paths_of(name)
                .find(|(known, _)| *known == path)
                .ok_or_else(|| Unfit::NoPath { node: name.clone(), path: path.clone() })?;
            let traffic = Traffic { protocol: found.protocol, port: found.port };
            filter(&None, Scope::Nodes, Some(traffic), How::All)?
        }
        Fault::Loss { percent, network } => filter(network, Scope::Everybody, None, How::Percent(*percent))?,
        Fault::Rate { limit, network } => filter(network, Scope::Everybody, None, How::Above(*limit))?,
        Fault::Delay { latency, variation, network } => {
            let netem = Netem { latency: *latency, variation: *variation, overtake: None };
            Measure::Netem { plugs: plugs(network)?, netem }
        }
        Fault::Reorder { percent, latency, network } => {
            let netem = Netem { latency: *latency, variation: Millis(0), overtake: Some(*percent) };
            Measure::Netem { plugs: plugs(network)?, netem }
        }
        Fault::DiskError { disk, io } => Measure::BreakDisk { disk: place(node, disk)?, io: *io },
        Fault::SlowDisk { disk, operations } => {
            Measure::Throttle { disk: place(node, disk)?, operations: *operations }
        }
        Fault::FullDisk { folder } => Measure::Script(scripts::fill(folder)),
        Fault::SplitBrain if lab.stacks_on(name).any(|stack| stack.does(Duty::Mirror)) => {
            Measure::Script(scripts::split_brain())
        }
        Fault::SplitBrain => return Err(Unfit::NoMirror(name.clone())),
    })
}

fn chosen<'n>(
    node: &'n Node,
    network: Option<&NetworkName>,
) -> Result<Vec<(usize, &'n crate::model::Nic)>, Unfit> {
    let wanted = |nic: &crate::model::Nic| network.is_none_or(|network| nic.network == *network);
    let nics: Vec<_> = node.own_nics().iter().enumerate().filter(|(_, nic)| wanted(nic)).collect();
    match network {
        Some(network) if nics.is_empty() => {
            Err(Unfit::NotOnNetwork { node: node.name.clone(), network: network.clone() })
        }
        _ => Ok(nics),
    }
}

fn plugs(lab: &Lab, node: &Node, network: Option<&NetworkName>) -> Result<Vec<Plug>, Unfit> {
    let plug = |(place, nic): (usize, &crate::model::Nic)| Plug {
        place,
        device: nic.device.clone(),
        tap: nic.tap.clone(),
        peer: lab.network(&nic.network).map(|network| network.host),
    };
    Ok(chosen(node, network)?.into_iter().map(plug).collect())
}

fn ports(lab: &Lab, node: &Node, network: Option<&NetworkName>) -> Result<Vec<Port>, Unfit> {
    let port = |(_, nic): (usize, &crate::model::Nic)| {
        let others = lab.nodes.iter().filter(|other| other.name != node.name);
        let others = others.filter_map(|other| Some(other.nic(&nic.network)?.tap.clone()));
        Port { tap: nic.tap.clone(), others: others.collect(), address: nic.ip }
    };
    Ok(chosen(node, network)?.into_iter().map(port).collect())
}

fn unit(lab: &Lab, node: &NodeName, service: &ServiceName) -> Result<String, Unfit> {
    let mut services = lab.services_on(node);
    let found = services.find(|(name, _)| *name == service).map(|(_, service)| service.unit.clone());
    found.ok_or_else(|| Unfit::NoService { node: node.clone(), service: service.clone() })
}

fn manager(lab: &Lab, node: &NodeName) -> Result<String, Unfit> {
    let mut services = lab.services_on(node);
    let found = services.find(|(_, service)| service.role == Some(ServiceRole::ClusterManager));
    found.map(|(_, service)| service.unit.clone()).ok_or_else(|| Unfit::NoClusterManager(node.clone()))
}

fn place(node: &Node, disk: &DiskName) -> Result<usize, Unfit> {
    let found = node.disks.iter().position(|known| known.name == *disk);
    let place = found.ok_or_else(|| Unfit::NoDisk { node: node.name.clone(), disk: disk.clone() })?;
    // The system's own disk is before them.
    Ok(place + 1)
}
