//! What exists: the objects of one instance, as its provider found them just now.
//!
//! Each object of ours carries the specification that it was made from, so that a plan can say what differs
//! and not only that something does.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::spec::{Digest, DiskId, DiskSource, GuestSpec, NetworkSpec, SeedSpec};
use crate::model::{LabName, NetworkName, NodeName};

/// Everything of an instance that is on the host.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Inventory {
    /// The embedded host, if there is one.
    pub host: Option<HostFound>,
    /// Digests of the images in the store (shared by all instances).
    pub images: BTreeSet<Digest>,
    /// Networks by name; none when the host is not alive.
    pub networks: BTreeMap<NetworkName, NetworkFound>,
    /// Disks that are whole, and what each started from. They are files, so a dead host does not hide them.
    /// Their JSON form is a list of pairs.
    #[serde(with = "pairs")]
    pub disks: BTreeMap<DiskId, DiskSource>,
    /// Seeds that are whole. They are files too.
    pub seeds: BTreeMap<NodeName, SeedSpec>,
    /// Machines by node; none when the host is not alive.
    pub guests: BTreeMap<NodeName, GuestFound>,
}

impl Inventory {
    /// Whether nothing of the instance exists (images are nobody's).
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
    /// The lab that it was made for; none when its mark is damaged.
    pub lab: Option<LabName>,
    /// Whether its daemon answers. When not, only the files of the instance can be seen: its disks and seeds.
    /// [`crate::plan::Action::CreateHost`] revives it, [`crate::plan::Action::DestroyHost`] ends it.
    pub alive: bool,
}

/// Whose an object is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark<S> {
    /// Ours, and made from this specification, which our mark on it holds.
    Ours(S),
    /// It has our name but not our mark: refused, never touched.
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
    /// Whose it is.
    pub mark: Mark<NetworkSpec>,
    /// Whether it is started.
    pub active: bool,
}

/// The state of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuestState {
    /// It runs.
    Running,
    /// Its processors are stopped and its memory is there.
    Paused,
    /// Its process is stopped from outside (SIGSTOP): nobody gets an answer of it, not even the daemon.
    Frozen,
    /// It is off because it was switched off or cut.
    Off,
    /// It is off because it crashed.
    Crashed,
}

impl GuestState {
    /// Whether it has memory and holds its interfaces: it runs, or stands still.
    pub fn is_on(self) -> bool {
        matches!(self, GuestState::Running | GuestState::Paused | GuestState::Frozen)
    }
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestFound {
    /// Whose it is.
    pub mark: Mark<GuestSpec>,
    /// Its state.
    pub state: GuestState,
    /// The digest of what it was last configured to, if it was healthy since.
    pub sealed: Option<Digest>,
}

/// Maps whose keys are not text, which JSON has no objects for.
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
