//! The inventory: the existing objects of one instance, as its provider has just found them.
//!
//! Each of our objects stores the specification that it was made from, so a plan can show which properties
//! differ.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::spec::{Digest, DiskId, DiskSource, GuestSpec, NetworkSpec, SeedSpec};
use crate::model::{LabName, NetworkName, NodeName};

/// All objects of an instance on the host.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Inventory {
    /// The embedded host, if there is one.
    pub host: Option<HostFound>,
    /// Digests of the images in the store (shared by all instances).
    pub images: BTreeSet<Digest>,
    /// Networks by name; empty when the host is not alive.
    pub networks: BTreeMap<NetworkName, NetworkFound>,
    /// Complete disks, and what each started from. They are files, so they are visible without the host.
    /// Their JSON form is a list of pairs.
    #[serde(with = "pairs")]
    pub disks: BTreeMap<DiskId, DiskSource>,
    /// Complete seeds. They are files too.
    pub seeds: BTreeMap<NodeName, SeedSpec>,
    /// Machines by node; empty when the host is not alive.
    pub guests: BTreeMap<NodeName, GuestFound>,
}

impl Inventory {
    /// Whether no object of the instance exists (images belong to no instance).
    pub fn is_empty(&self) -> bool {
        self.host.is_none()
            && self.networks.is_empty()
            && self.disks.is_empty()
            && self.seeds.is_empty()
            && self.guests.is_empty()
    }
}

/// An embedded host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFound {
    /// The lab that it was made for; `None` when its mark is damaged.
    pub lab: Option<LabName>,
    /// The digest of the rules for its ports that are in force.
    #[serde(default)]
    pub guard: Option<Digest>,
    /// Whether its daemon answers. If not, only the instance's files are visible: its disks and seeds.
    /// [`crate::plan::Action::CreateHost`] revives the host, [`crate::plan::Action::DestroyHost`] destroys
    /// it.
    pub alive: bool,
}

/// The owner of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark<S> {
    /// Ours; our mark on it contains the specification that it was made from.
    Ours(S),
    /// It has our name but not our mark; it is refused and never changed.
    Foreign,
}

impl<S> Mark<S> {
    /// The specification, if the object is ours.
    pub fn ours(&self) -> Option<&S> {
        match self {
            Mark::Ours(spec) => Some(spec),
            Mark::Foreign => None,
        }
    }
}

/// A network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkFound {
    /// Its owner.
    pub mark: Mark<NetworkSpec>,
    /// Whether it is started.
    pub active: bool,
}

/// The state of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuestState {
    /// Running.
    Running,
    /// Paused: its processors are stopped, its memory is kept.
    Paused,
    /// Its process is stopped from outside (SIGSTOP): it answers no requests, not even from the daemon.
    Frozen,
    /// Off: it was shut down or its power was cut.
    Off,
    /// Off because it crashed.
    Crashed,
}

impl GuestState {
    /// Whether it has memory and interfaces: it runs or is paused.
    pub fn is_on(self) -> bool {
        matches!(self, GuestState::Running | GuestState::Paused | GuestState::Frozen)
    }
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestFound {
    /// Its owner.
    pub mark: Mark<GuestSpec>,
    /// Its state.
    pub state: GuestState,
    /// The digest of its last configuration, if it has been healthy since.
    pub sealed: Option<Digest>,
}

/// Maps with keys that are not text, which JSON objects cannot have.
pub(crate) mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(crate) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}
