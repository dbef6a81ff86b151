//! The syntax of a lab file: its keys, their meaning, and the position of each value.
//!
//! These types alone define what a lab file can contain. The JSON Schema is generated from them, and a file
//! is checked against it before it is read. Every key is optional here: missing ones have been reported by
//! then, and the checks continue with the rest.

use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::Deserialize;

use super::at;
pub use super::at::{Entry, Named};
pub use super::own::{FileOr, FileTable, ScriptTable};
pub use crate::diagnostic::At;
use crate::diagnostic::SUBNET;
use crate::model::word::{BRIDGE_PATTERN, PACKAGE_PATTERN};
use crate::model::{AddressName, Bytes, DiskName, GuestPath, LabName, NetworkName, NodeName, StackName};
pub use crate::stack::Raw;

/// A lab: a cluster of machines, described for halab (`lab up`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "a lab")]
pub struct LabFile {
    /// The version of this format: 1.
    #[schemars(required, range(min = 1, max = 1))]
    pub schema: Option<At<u32>>,
    /// The lab's name. Addresses, UUIDs and machine-ids derive from it.
    #[schemars(required, example = &"my-lab")]
    pub name: Option<At<LabName>>,
    /// A one-line description.
    pub title: Option<At<String>>,
    /// A named set of parameter values, applied to every stack that has it: `"paper"`.
    #[schemars(example = &"paper")]
    pub profile: Option<At<String>>,
    /// Defaults for nodes.
    #[serde(default)]
    #[schemars(with = "Option<Defaults>")]
    pub defaults: Defaults,
    /// Networks by name; each is a bridge. The management network `mgmt` is added to them.
    #[serde(default)]
    #[schemars(with = "Option<Named<NetworkName, NetworkTable>>")]
    pub network: Named<NetworkName, NetworkTable>,
    /// Machines by name, which is also their host name. They are numbered in the order of the file.
    pub node: Named<NodeName, NodeTable>,
    /// Virtual addresses by name: each is held by one node at a time.
    #[serde(default)]
    #[schemars(with = "Option<Named<AddressName, AddressTable>>")]
    pub address: Named<AddressName, AddressTable>,
    /// Uses of stacks by name, set up in the order of the file.
    #[serde(default)]
    #[schemars(with = "Option<Named<StackName, StackTable>>")]
    pub stack: Named<StackName, StackTable>,
}

/// Defaults for nodes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "the defaults")]
pub struct Defaults {
    /// The image that a node boots from: `"debian-12"`.
    #[schemars(example = &"debian-12")]
    pub image: Option<At<String>>,
    /// Memory, at least `"128MiB"`. Default: `"512MiB"`.
    pub memory: Option<At<Bytes>>,
    /// Virtual processors. Default: 1.
    #[schemars(range(min = 1, max = 64))]
    pub cpus: Option<At<u32>>,
    /// Debian packages for every node, baked into its image: `["tcpdump"]`.
    #[schemars(inner(regex(pattern = PACKAGE_PATTERN)), example = ["tcpdump"])]
    #[serde(default)]
    pub packages: Vec<At<String>>,
    /// Files for every node, by their absolute paths: `files."/etc/motd" = "motd"`.
    #[schemars(with = "Option<std::collections::BTreeMap<GuestPath, FileOr<FileTable>>>")]
    #[serde(default, deserialize_with = "at::values")]
    pub files: Named<GuestPath, Option<At<FileOr<FileTable>>>>,
    /// Scripts for every node, in order: `["setup.sh"]`. Each runs until it has succeeded, and again when its
    /// text has changed.
    #[schemars(example = ["setup.sh"])]
    #[serde(default)]
    pub run: Vec<At<FileOr<ScriptTable>>>,
}

/// A network.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "a network")]
pub struct NetworkTable {
    /// Its addresses: `"192.168.0.0/24"`.
    #[schemars(required, with = "String", regex(pattern = SUBNET), example = &"192.168.0.0/24")]
    pub subnet: Option<At<Ipv4Net>>,
    /// The address of the embedded host, where clients and probes run. Default: the last free address.
    #[schemars(with = "Option<std::net::Ipv4Addr>")]
    pub host: Option<At<std::net::Ipv4Addr>>,
    /// A bridge of the machine that the network is connected to, so that a LAN reaches the lab: `"br0"`. Only
    /// one instance with the same addresses can join it, so there can be no copies.
    #[schemars(example = &"br0", regex(pattern = BRIDGE_PATTERN))]
    pub bridge: Option<At<String>>,
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "a node")]
pub struct NodeTable {
    /// Its networks, each with the node's address: `{ public = "192.168.0.101" }`.
    #[schemars(with = "Option<std::collections::BTreeMap<String, std::net::Ipv4Addr>>", example = serde_json::json!({ "public": "192.168.0.101" }))]
    #[serde(default, deserialize_with = "at::entries")]
    pub networks: Vec<(At<String>, Option<At<std::net::Ipv4Addr>>)>,
    /// Secondary disks by name, each with its size: `disk.data = "2GiB"`. The first is `/dev/vdb`.
    #[schemars(with = "Option<std::collections::BTreeMap<DiskName, Bytes>>", example = serde_json::json!({ "data": "2GiB" }))]
    #[serde(default, deserialize_with = "at::values")]
    pub disk: Named<DiskName, Option<At<Bytes>>>,
    /// The image that it boots from.
    #[schemars(example = &"debian-12")]
    pub image: Option<At<String>>,
    /// Memory: `"512MiB"`.
    pub memory: Option<At<Bytes>>,
    /// Virtual processors.
    #[schemars(range(min = 1, max = 64))]
    pub cpus: Option<At<u32>>,
    /// Whether it reaches the Internet through the machine's own address, and nothing else of the machine's
    /// networks. Default: `false`.
    pub internet: Option<At<bool>>,
    /// Debian packages for this node, baked into its image: `["tcpdump"]`.
    #[schemars(inner(regex(pattern = PACKAGE_PATTERN)), example = ["tcpdump"])]
    #[serde(default)]
    pub packages: Vec<At<String>>,
    /// Files for this node, by their absolute paths: `files."/etc/motd" = "motd"`.
    #[schemars(with = "Option<std::collections::BTreeMap<GuestPath, FileOr<FileTable>>>")]
    #[serde(default, deserialize_with = "at::values")]
    pub files: Named<GuestPath, Option<At<FileOr<FileTable>>>>,
    /// Scripts for this node, in order: `["setup.sh"]`. Each runs until it has succeeded, and again when its
    /// text has changed.
    #[schemars(example = ["setup.sh"])]
    #[serde(default)]
    pub run: Vec<At<FileOr<ScriptTable>>>,
}

/// A virtual address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "a virtual address")]
pub struct AddressTable {
    /// The network that it is in.
    #[schemars(required, example = &"public")]
    pub network: Option<At<String>>,
    /// The address: `"192.168.0.100"`.
    #[schemars(required, example = &"192.168.0.100")]
    pub ip: Option<At<std::net::Ipv4Addr>>,
}

/// A use of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "a use of a stack")]
pub struct StackTable {
    /// The stack: `"drbd"`.
    #[serde(rename = "use")]
    #[schemars(required, example = &"drbd")]
    pub uses: Option<At<String>>,
    /// Its nodes; the first is the preferred one.
    #[schemars(required, example = ["node1", "node2"])]
    pub on: Option<At<Vec<At<String>>>>,
    /// Values of its parameters: `{ disk = "data" }`.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Raw>>", example = serde_json::json!({ "disk": "data" }))]
    #[serde(default, deserialize_with = "at::in_order")]
    pub with: Vec<(At<String>, At<Raw>)>,
    /// Text for places in its files, which the stack declares: `[stack.NAME.extra]` with `global = """…"""`.
    /// `lab stack show STACK` lists the places.
    #[schemars(with = "Option<std::collections::BTreeMap<String, String>>", example = serde_json::json!({ "server": "keepalive_timeout 5;" }))]
    #[serde(default, deserialize_with = "at::entries")]
    pub extra: Vec<(At<String>, Option<At<String>>)>,
}
