//! The wanted state: a [`Lab`] is complete and valid, with every default filled in and every address decided.
//!
//! [`crate::labfile`] makes it and all later stages read it. It does not depend on the host or the instance,
//! so the same file gives the same lab everywhere.

mod accel;
mod address;
mod checkpoint_id;
pub mod choice;
pub mod demand;
pub mod drill;
mod duration;
pub mod fault;
mod file_pattern;
pub mod guard;
mod guest_path;
mod load;
pub mod log;
mod manager;
mod measure;
mod name;
mod part;
mod quantity;
mod ramp;
mod scripts;
mod size;
mod source;
pub mod spec;
mod sweep;
pub mod word;

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use accel::Wish;
pub use address::{MacAddress, MacError, machine_uuid, network_uuid};
pub use checkpoint_id::{CheckpointId, ForExercise, IdError};
pub use choice::{Choice, UnknownChoice};
pub use duration::{DurationError, Millis};
pub use file_pattern::{FilePattern, Names, PatternError};
pub use guest_path::GuestPath;
pub use log::{LogPlace, LogRule};
pub use manager::{Liveness, Manager, vrrp_priority, watches_services};
pub use measure::{Measure, MeasureKind};
pub use name::{
    AddressName, CheckName, CheckpointName, ClassName, CourseName, DiskName, DrillName, ExerciseName,
    ImageName, InstanceName, LabName, LoadName, NAME, NameError, NetworkName, NodeName, PathName, PlaceName,
    ServiceName, StackName, StepName, check_name, name_limit,
};
pub use part::{Duty, Path, Protocol, Service, ServiceRole};
pub use ramp::{KEPT_UP, Ramp, keeps_up};
pub use scripts::Scripts;
pub use size::{Bytes, SizeError};
pub use source::{Origin, Source};
pub use sweep::{Axis, Sweep};

/// The management network, which every node has in addition to its own: `lab` reaches the guests over it, and
/// no fault touches it.
pub const MANAGEMENT_NETWORK: &str = "mgmt";

/// The subnet of the management network: link-local, to avoid collisions. A lab's own network may not overlap
/// it.
pub const MANAGEMENT_SUBNET: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 77, 0), 24);

/// The path of clients, present in every lab.
pub const CLIENT_PATH: &str = "client";

/// A whole lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lab {
    /// The lab's name; its addresses, UUIDs and machine-ids derive from it.
    pub name: LabName,
    /// A one-line description.
    pub title: String,
    /// Networks in the order of the file, the management network last.
    pub networks: Vec<Network>,
    /// Nodes in the order of the file.
    pub nodes: Vec<Node>,
    /// Virtual addresses in the order of the file.
    pub addresses: Vec<VirtualAddress>,
    /// Uses of stacks, in the order of the file, which is the order of their set-up.
    pub stacks: Vec<StackUse>,
}

impl Lab {
    /// The node of this name.
    pub fn node(&self, name: &NodeName) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == *name)
    }

    /// The network of this name.
    pub fn network(&self, name: &NetworkName) -> Option<&Network> {
        self.networks.iter().find(|network| network.name == *name)
    }

    /// The virtual address of this name.
    pub fn address(&self, name: &AddressName) -> Option<&VirtualAddress> {
        self.addresses.iter().find(|address| address.name == *name)
    }

    /// A service by its name, in any of the stacks.
    pub fn service(&self, name: &ServiceName) -> Option<&Service> {
        self.stacks.iter().find_map(|stack| stack.services.get(name))
    }

    /// The rules for a node's log lines, in the order of its stacks.
    pub fn log_rules<'a>(&'a self, node: &'a NodeName) -> impl Iterator<Item = &'a LogRule> {
        self.stacks_on(node).flat_map(|stack| &stack.logs)
    }

    /// The stacks that a node takes part in, in order.
    pub fn stacks_on<'a>(&'a self, node: &'a NodeName) -> impl Iterator<Item = &'a StackUse> {
        self.stacks.iter().filter(move |stack| stack.on.contains(node))
    }

    /// The nodes that can hold a virtual address: those of the first stack that has it as a parameter, the
    /// preferred one first; else all nodes on its network.
    pub fn members(&self, address: &AddressName) -> Vec<NodeName> {
        let has = |stack: &&StackUse| {
            stack.params.values().any(|value| matches!(value, Value::Address(name) if name == address))
        };
        if let Some(stack) = self.stacks.iter().find(has) {
            return stack.on.clone();
        }
        let network = self.address(address).map(|address| &address.network);
        let on_it = |node: &&Node| network.is_some_and(|network| node.nic(network).is_some());
        self.nodes.iter().filter(on_it).map(|node| node.name.clone()).collect()
    }

    /// The position of a use among all uses of its stack, from 0.
    pub fn place_of(&self, stack: &StackUse) -> usize {
        let same = self.stacks.iter().filter(|other| other.uses == stack.uses);
        same.take_while(|other| other.name != stack.name).count()
    }

    /// The mirrored disks, one for each use of a stack that mirrors.
    pub fn mirrors(&self) -> Vec<Mirror> {
        let mirror = |stack: &StackUse| {
            let disk = stack.params.values().find_map(|value| match value {
                Value::Disk(name) => Some(name.clone()),
                _ => None,
            });
            disk.map(|disk| Mirror { nodes: stack.on.clone(), disk, device: self.place_of(stack) })
        };
        self.stacks.iter().filter(|stack| stack.does(Duty::Mirror)).filter_map(mirror).collect()
    }

    /// The services that the stacks run on a node.
    pub fn services_on<'a>(
        &'a self,
        node: &'a NodeName,
    ) -> impl Iterator<Item = (&'a ServiceName, &'a Service)> {
        self.stacks_on(node).flat_map(|stack| &stack.services)
    }

    /// The paths on which a node communicates with others.
    pub fn paths_of<'a>(&'a self, node: &'a NodeName) -> impl Iterator<Item = (&'a PathName, &'a Path)> {
        self.stacks_on(node).flat_map(|stack| &stack.paths)
    }
}

/// Disks of several nodes with the same content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// The nodes.
    pub nodes: Vec<NodeName>,
    /// The disk, which has this name on each of them.
    pub disk: DiskName,
    /// The number of its device and its resource: 0 for `/dev/drbd0` and `r0`.
    pub device: usize,
}

/// A bridged network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Its name, which is also the name of its bridge in the embedded host.
    pub name: NetworkName,
    /// Its addresses.
    pub subnet: Ipv4Net,
    /// The embedded host's own address in it, from which clients, probes and SSH connect.
    pub host: Ipv4Addr,
    /// A bridge of the machine that it is connected to, so that a LAN reaches the lab.
    pub join: Option<String>,
}

/// One guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its name and host name.
    pub name: NodeName,
    /// Its position in the file, from 0.
    pub index: usize,
    /// The machine's UUID; without dashes, the guest's machine-id.
    pub uuid: Uuid,
    /// The image that it boots from, before the packages of its stacks.
    pub image: ImageName,
    /// Memory.
    pub memory: Bytes,
    /// Virtual processors.
    pub cpus: u32,
    /// Interfaces in the order of the file; the management interface is last.
    pub nics: Vec<Nic>,
    /// Secondary disks in the order of the file.
    pub disks: Vec<Disk>,
    /// Whether it reaches the Internet through the machine's own address.
    pub internet: bool,
}

impl Node {
    /// The interface on the management network.
    ///
    /// # Panics
    /// If the node has no interface; [`crate::labfile`] always makes one.
    pub fn management(&self) -> &Nic {
        self.nics.last().expect("every node has a management interface")
    }

    /// Its interfaces on the networks of the lab, without the management interface.
    pub fn own_nics(&self) -> &[Nic] {
        self.nics.split_last().map_or(&[], |(_, own)| own)
    }

    /// The interface on a network.
    pub fn nic(&self, network: &NetworkName) -> Option<&Nic> {
        self.nics.iter().find(|nic| nic.network == *network)
    }
}

/// One interface of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nic {
    /// The network that it is on.
    pub network: NetworkName,
    /// Its name in the guest: `eth0`, `eth1`…
    pub device: String,
    /// Its address.
    pub ip: Ipv4Addr,
    /// The length of its network's prefix, in bits.
    pub prefix: u8,
    /// Its Ethernet address.
    pub mac: MacAddress,
    /// The name of the tap device in the embedded host, at most 15 characters: `node1-eth0`.
    pub tap: String,
}

/// A secondary disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// Its name in the lab file, and its serial number: the guest has it as `/dev/disk/by-id/virtio-<name>`.
    pub name: DiskName,
    /// Its size.
    pub size: Bytes,
    /// Its device in the guest, without `/dev/`: `vdb`, `vdc`…
    pub device: String,
}

/// An address that moves between nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualAddress {
    /// Its name.
    pub name: AddressName,
    /// The network that it is in.
    pub network: NetworkName,
    /// The address.
    pub ip: Ipv4Addr,
}

/// A stack as used by a lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackUse {
    /// The lab's name for it.
    pub name: StackName,
    /// The stack in the catalogue (`templates/<uses>/`).
    pub uses: String,
    /// Its nodes, in order; the first is the preferred one.
    pub on: Vec<NodeName>,
    /// The value of every parameter that the stack declares.
    pub params: BTreeMap<String, Value>,
    /// Text of the lab for places in its files, by the names of the places.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<PlaceName, String>,
    /// What it does that drills depend on; empty in old descriptions, which did not store it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duties: Vec<Duty>,
    /// An Ethernet address that its nodes send from, in addition to their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virtual_mac: Option<MacAddress>,
    /// The services that it runs on its nodes, targets of faults.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<ServiceName, Service>,
    /// The paths between its nodes, targets of faults.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub paths: BTreeMap<PathName, Path>,
    /// The meaning of the lines that it writes into its nodes' logs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<LogRule>,
}

impl StackUse {
    /// Whether it has this duty.
    pub fn does(&self, duty: Duty) -> bool {
        self.duties.contains(&duty) || (self.duties.is_empty() && Duty::formerly(&self.uses) == Some(duty))
    }
}

/// A value formatted for people.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn list<N: fmt::Display>(names: &[N], f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        }
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::Boolean(yes) => yes.fmt(f),
            Self::Milliseconds(span) => Millis(*span).fmt(f),
            Self::Size(size) => size.fmt(f),
            Self::Disk(name) => name.fmt(f),
            Self::Network(name) => name.fmt(f),
            Self::Networks(names) => list(names, f),
            Self::Nodes(names) => list(names, f),
            Self::Address(name) => name.fmt(f),
        }
    }
}

/// The value of a stack's parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "kebab-case")]
pub enum Value {
    /// Text, or one of a parameter's choices.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// A duration, in milliseconds.
    Milliseconds(u64),
    /// An amount of memory or disk.
    Size(Bytes),
    /// A secondary disk that every node of the stack has.
    Disk(DiskName),
    /// A network that every node of the stack is on.
    Network(NetworkName),
    /// Networks that every node of the stack is on.
    Networks(Vec<NetworkName>),
    /// A virtual address.
    Address(AddressName),
    /// Nodes, not necessarily of the stack.
    Nodes(Vec<NodeName>),
}
