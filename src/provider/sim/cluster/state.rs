//! The state of a simulated cluster, which is saved with the host and in checkpoints.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::dice::Dice;
use crate::fault::{Injection, InjectionId};
use crate::model::{AddressName, NodeName};

/// The complete state of a simulated cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct State {
    /// Its own time, which does not advance between commands.
    pub now: Duration,
    /// The number of drills that were performed on it, so that no two write the same numbers.
    pub drills: u64,
    /// The state of its random choices.
    pub dice: Dice,
    /// The nodes.
    pub nodes: BTreeMap<NodeName, NodeState>,
    /// The virtual addresses.
    pub groups: BTreeMap<AddressName, GroupState>,
    /// The faults that are in force.
    pub injections: BTreeMap<InjectionId, Injection>,
    /// The writes, by page, and by the node whose disk holds them.
    pub data: BTreeMap<String, BTreeMap<NodeName, BTreeSet<u64>>>,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NodeState {
    /// Whether it runs.
    pub life: Life,
    /// How often it lost its memory, and with it all work in progress.
    pub lives: u32,
    /// The units that do not run, and the symptom for their clients.
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
    /// It is paused.
    Frozen,
}

/// The symptom of a failed service.
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
    /// The state and knowledge of each node that can hold it.
    pub members: BTreeMap<NodeName, Member>,
    /// The node to which clients send packets for the address: the last one that announced it.
    pub believed: Option<NodeName>,
    /// The mirrored disk that the holder needs.
    pub mirror: MirrorState,
}

/// A node that can hold a virtual address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Member {
    /// Its state.
    pub role: Role,
    /// Its cluster manager is up and knows its peers.
    pub ready: bool,
    /// The peers whose heartbeats it receives.
    pub heard: BTreeSet<NodeName>,
    /// The peers whose heartbeats have stopped and that it waits for, each with the number of that silence.
    pub silent: BTreeMap<NodeName, u64>,
    /// The peers that it has declared dead.
    pub dead: BTreeSet<NodeName>,
    /// Its interface has lost the carrier, and it has given the address up because of that.
    pub unplugged: bool,
    /// The number of its state: events that were scheduled in an earlier state are void.
    pub turn: u64,
}

/// The state of a node with regard to a virtual address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It does not have it.
    #[default]
    Standby,
    /// It starts the parts of it.
    Taking,
    /// It holds it.
    Active,
    /// It stops the parts of it.
    Releasing,
}

/// A mirrored disk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MirrorState {
    /// The nodes that are primary.
    pub primary: BTreeSet<NodeName>,
    /// The nodes whose disk must not be used, because their synchronisation is incomplete.
    pub inconsistent: BTreeSet<NodeName>,
    /// Whether the two sides reach each other.
    pub connected: bool,
    /// The nodes that were primary while they did not reach the other.
    pub apart: BTreeSet<NodeName>,
    /// Both sides have changed data without the other, and refuse to mirror.
    pub split: bool,
    /// When they lost contact with each other.
    pub parted_at: Option<Duration>,
    /// The number of the synchronisation in progress, and its target node.
    pub resync: Option<(u64, NodeName)>,
}
