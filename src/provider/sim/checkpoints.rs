//! Checkpoints of a simulated host: the content of its disks, and the machines that ran.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cluster::State;
use super::memories::EMPTY;
use super::rules::{Result, refuse};
use super::world::{SimDisk, World};
use crate::checkpoint::{Checkpoint, CheckpointSpec, SavedDisk, SavedFile, SavedMemory, SavedNode, VERSION};
use crate::inventory::{GuestState, pairs};
use crate::model::CheckpointId;
use crate::model::NodeName;
use crate::model::spec::{Digest, DiskId, DiskSpec, GuestSpec};
use crate::plan::Action;

/// The saved state of a simulated host.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SimCheckpoint {
    /// The disks.
    #[serde(with = "pairs")]
    pub disks: BTreeMap<DiskId, SimDisk>,
    /// The machines that were on.
    pub on: Vec<NodeName>,
    /// The state of their cluster, if it was ever used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<State>,
}

impl World {
    pub(super) fn save_checkpoint(&mut self, spec: &CheckpointSpec) -> Result {
        let on =
            self.guests.iter().filter(|(_, guest)| guest.is_on()).map(|(name, _)| name.clone()).collect();
        let saved = SimCheckpoint { disks: self.disks.clone(), on, cluster: self.cluster.clone() };
        self.checkpoints.insert(spec.id.clone(), saved);
        Ok(())
    }

    /// The description of a checkpoint that was just made. All its files are the same empty one, as long as
    /// it is in no store.
    pub(super) fn described(&self, spec: &CheckpointSpec) -> Checkpoint {
        let file = || SavedFile { path: EMPTY.to_owned(), bytes: 0, digest: Digest::of(&()) };
        let saved = self.checkpoints.get(&spec.id).cloned().unwrap_or_default();
        let nodes = self.guests.iter().map(|(name, guest)| SavedNode {
            node: name.clone(),
            memory: saved.on.contains(name).then(|| SavedMemory { ram: file(), state: file(), packed: None }),
            disks: saved
                .disks
                .iter()
                .filter(|(id, _)| id.node == *name)
                .map(|(id, disk)| SavedDisk {
                    spec: DiskSpec { id: id.clone(), source: disk.source.clone() },
                    file: file(),
                })
                .collect(),
            sealed: guest.found.sealed.clone(),
        });
        Checkpoint {
            version: VERSION,
            spec: spec.clone(),
            nodes: nodes.collect(),
            parents: Vec::new(),
            images: Vec::new(),
        }
    }

    fn checkpoint(&self, action: &Action, id: &CheckpointId) -> Result<&SimCheckpoint> {
        self.checkpoints.get(id).map_or_else(|| refuse(action, "the checkpoint is not there"), Ok)
    }

    pub(super) fn adopt_keys(&self, action: &Action, id: &CheckpointId) -> Result {
        self.checkpoint(action, id).map(|_| ())
    }

    pub(super) fn lay_disk(&mut self, action: &Action, spec: &DiskSpec, id: &CheckpointId) -> Result {
        if self.guests.get(&spec.id.node).is_some_and(super::world::SimGuest::is_on) {
            return refuse(action, "its machine is on");
        }
        let saved = self.checkpoint(action, id)?.disks.get(&spec.id).cloned();
        match saved {
            None => refuse(action, "it is not in the checkpoint"),
            Some(disk) => {
                self.disks.insert(spec.id.clone(), disk);
                Ok(())
            }
        }
    }

    pub(super) fn load(&mut self, action: &Action, spec: &GuestSpec, id: &CheckpointId) -> Result {
        let saved = self.checkpoint(action, id)?;
        if !saved.on.contains(&spec.node) {
            return refuse(action, "it was off when it was saved");
        }
        self.cluster = saved.cluster.clone();
        let guest = self.guest(action, &spec.node)?;
        if guest.spec() != Some(spec) {
            return refuse(action, "it is defined in another way");
        }
        guest.found.state = GuestState::Paused;
        guest.answers = true;
        Ok(())
    }

    pub(super) fn resume(&mut self, action: &Action, nodes: &[NodeName]) -> Result {
        for node in nodes {
            let guest = self.guest(action, node)?;
            if !guest.is_on() {
                return refuse(action, &format!("{node} is off"));
            }
            guest.found.state = GuestState::Running;
        }
        Ok(())
    }
}
