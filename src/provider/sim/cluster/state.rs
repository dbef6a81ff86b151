//! The state of a simulated cluster, which is saved with the host and in checkpoints.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::dice::Dice;
use crate::fault::{Injection, InjectionId};
use crate::model::{AddressName, NodeName};

/// Everything that a simulated cluster remembers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct State {
    /// Its own time, which stands still between commands.
    pub now: Duration,
    /// How many drills were performed on it, so that no two write the same numbers.
    pub drills: u64,
    /// Where its random choices have got to.
    pub dice: Dice,
    /// The nodes.
    pub nodes: BTreeMap<NodeName, NodeState>,
    /// The virtual addresses.
    pub groups: BTreeMap<AddressName, GroupState>,
    /// The faults that are in force.
    pub injections: BTreeMap<InjectionId, Injection>,
    /// What was written, by page, and by the node whose disk it is on.
    pub data: BTreeMap<String, BTreeMap<NodeName, BTreeSet<u64>>>,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NodeState {
    /// Whether it runs.
    pub life: Life,
    /// How often it lost its memory, so that what was under way then is lost.
    pub lives: u32,
    /// The units that are not there, and what asks them notices of it.
    pub broken: BTreeMap<String, Trouble>,
    /// How far its clock is behind.
    pub behind: Duration,
    /// When it was frozen.
    pub frozen_at: Option<Duration>,
}

/// Whether a node runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Life {
    /// It has no power, or its kernel has crashed.
    #[default]
    Off,
    /// It has power, and its services are not up yet.
    Booting,
    /// It runs.
    On,
    /// It stops its services in order.
    Stopping,
    /// It stands still.
    Frozen,
}

/// What is wrong with a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// Nothing listens.
    Gone,
    /// It listens, and never answers.
    Hangs,
}

/// A virtual address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GroupState {
    /// What each node that can hold it does and knows.
    pub members: BTreeMap<NodeName, Member>,
    /// The node to which clients send what is for the address: the last that announced it.
    pub believed: Option<NodeName>,
    /// The mirrored disk that the holder needs.
    pub mirror: MirrorState,
}

/// A node that can hold a virtual address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Member {
    /// What it does.
    pub role: Role,
    /// Its cluster manager is up and knows its peers.
    pub ready: bool,
    /// The peers that it hears.
    pub heard: BTreeSet<NodeName>,
    /// The peers that it has stopped to hear and waits for, each with the number of that silence.
    pub silent: BTreeMap<NodeName, u64>,
    /// The peers that it takes for dead.
    pub dead: BTreeSet<NodeName>,
    /// Its interface has lost the carrier, and it has given the address up for that.
    pub unplugged: bool,
    /// The number of what it does, so that what was planned for something earlier is void.
    pub turn: u64,
}

/// What a node does with a virtual address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It does not have it.
    #[default]
    Standby,
    /// It starts what belongs to it.
    Taking,
    /// It holds it.
    Active,
    /// It stops what belongs to it.
    Releasing,
}

/// A mirrored disk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MirrorState {
    /// The nodes that are primary.
    pub primary: BTreeSet<NodeName>,
    /// The nodes whose disk must not be used, because it is only half written over.
    pub inconsistent: BTreeSet<NodeName>,
    /// Whether the two hear each other.
    pub connected: bool,
    /// The nodes that were primary while they did not hear the other.
    pub apart: BTreeSet<NodeName>,
    /// Both sides have changed data without the other, and refuse to mirror.
    pub split: bool,
    /// When they stopped to hear each other.
    pub parted_at: Option<Duration>,
    /// The number of the synchronisation that is going on, and which node is written over.
    pub resync: Option<(u64, NodeName)>,
}
