//! The state of a simulated host: the counterpart of the namespaces, files and guests of a real one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::checkpoints::SimCheckpoint;
use super::cluster::{Cluster, Planted, State};
use crate::fault::{Injection, InjectionId};
use crate::inventory::{GuestFound, GuestState, HostFound, Inventory, Mark, NetworkFound, pairs};
use crate::model::CheckpointId;
use crate::model::spec::{Digest, DiskId, DiskSource, GuestSpec, SeedSpec};
use crate::model::{Lab, NetworkName, NodeName};
use crate::work::ProviderError;

/// A simulated host.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct World {
    /// The embedded host.
    pub host: Option<HostFound>,
    /// The store of images.
    pub images: BTreeSet<Digest>,
    /// Networks by name.
    pub networks: BTreeMap<NetworkName, NetworkFound>,
    /// Disks with their content.
    #[serde(with = "pairs")]
    pub disks: BTreeMap<DiskId, SimDisk>,
    /// Seeds by node.
    pub seeds: BTreeMap<NodeName, SeedSpec>,
    /// Machines by node.
    pub guests: BTreeMap<NodeName, SimGuest>,
    /// The faults that are in force, by their names.
    #[serde(default)]
    pub injections: BTreeMap<InjectionId, Injection>,
    /// The cluster on it, if it was ever used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<State>,
    /// Why its machines were paused; without a meaning once none of them is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    /// Checkpoints, which outlive instances.
    #[serde(default)]
    pub checkpoints: BTreeMap<CheckpointId, SimCheckpoint>,
}

impl World {
    /// A dead host without any other state.
    pub(super) fn dead() -> Self {
        Self { host: Some(HostFound { lab: None, guard: None, alive: false }), ..Self::default() }
    }

    /// The cluster of a lab, with all changes of the host applied.
    pub(super) fn cluster_of(&self, lab: &Lab, planted: &[Planted]) -> Cluster {
        let mut cluster = Cluster::new(lab, self.cluster.clone(), planted);
        let power = |node: &NodeName| self.guests.get(node).is_some_and(SimGuest::is_on);
        let injections: Vec<Injection> = self.injections.values().cloned().collect();
        cluster.follow(&power, &injections);
        cluster
    }

    /// The offset at which simulated disks begin to differ: they hold their origin and their changes, no
    /// bytes.
    pub(super) fn first_difference(
        &self,
        disks: &[DiskId],
        bytes: u64,
    ) -> Result<Option<u64>, ProviderError> {
        let held = |id: &DiskId| {
            let disk = self.disks.get(id).map(|disk| (&disk.source, &disk.steps));
            disk.ok_or_else(|| ProviderError::Missing {
                what: format!("there is no {id}"),
                hint: "bring the lab up first".to_owned(),
            })
        };
        let held: Vec<_> = disks.iter().map(held).collect::<Result<_, _>>()?;
        Ok((bytes > 0 && held.windows(2).any(|pair| pair[0] != pair[1])).then_some(0))
    }
}

/// A simulated disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimDisk {
    /// Its origin.
    pub source: DiskSource,
    /// On a system disk: the seed that the guest received last, by a boot or by new files.
    pub told: Option<SeedSpec>,
    /// The set-up steps that ran while the disk was in the guest, `stack/step`, and the digests of their
    /// scripts.
    pub steps: BTreeMap<String, Digest>,
}

/// A simulated machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimGuest {
    /// Its externally visible state.
    pub found: GuestFound,
    /// The seed of its definition, which the guest receives at every start.
    pub carried: Option<SeedSpec>,
    /// Whether it was waited for since it was started.
    pub answers: bool,
}

impl SimGuest {
    /// A machine of another program.
    pub fn foreign(state: GuestState) -> Self {
        let found = GuestFound { mark: Mark::Foreign, state, sealed: None };
        Self { found, carried: None, answers: false }
    }

    /// Its specification, if it is ours.
    pub fn spec(&self) -> Option<&GuestSpec> {
        self.found.mark.ours()
    }

    /// Whether it has memory and holds its disks and interfaces.
    pub fn is_on(&self) -> bool {
        self.found.state.is_on()
    }
}

impl World {
    /// Its externally visible state. A dead host hides its machines and networks.
    pub fn inventory(&self) -> Inventory {
        let alive = self.host.as_ref().is_some_and(|host| host.alive);
        let guests = self.guests.iter().map(|(name, guest)| (name.clone(), guest.found.clone()));
        Inventory {
            host: self.host.clone(),
            images: self.images.clone(),
            networks: if alive { self.networks.clone() } else { BTreeMap::new() },
            disks: self.disks.iter().map(|(id, disk)| (id.clone(), disk.source.clone())).collect(),
            seeds: self.seeds.clone(),
            guests: if alive { guests.collect() } else { BTreeMap::new() },
        }
    }

    /// Pauses all machines that run.
    pub(super) fn hold(&mut self, why: &str) {
        for guest in self.guests.values_mut().filter(|guest| guest.found.state == GuestState::Running) {
            guest.found.state = GuestState::Paused;
        }
        self.held = Some(why.to_owned());
    }

    /// Why its machines are paused, if they are. With the first that goes on, the reason is past.
    pub(super) fn held(&self) -> Option<&str> {
        let stands = |guest: &SimGuest| guest.found.state != GuestState::Running;
        self.held.as_deref().filter(|_| self.guests.values().all(stands))
    }

    /// The disks of a node.
    pub(super) fn disks_of(&mut self, node: &NodeName) -> impl Iterator<Item = (&DiskId, &mut SimDisk)> {
        self.disks.iter_mut().filter(move |(id, _)| id.node == *node)
    }

    /// Ends the host's daemon and all guests, as a restart of the machine does.
    pub fn kill_host(&mut self) {
        if let Some(host) = &mut self.host {
            host.alive = false;
        }
    }
}
