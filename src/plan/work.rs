//! The work on one node: the differences between its specification and the inventory.

use std::collections::BTreeSet;

use super::network::NetworkWork;
use super::{NodeEffect, reason};
use crate::desired::{Desired, DesiredNode};
use crate::inventory::{GuestFound, GuestState, Inventory};
use crate::model::NodeName;
use crate::model::spec::{DiskId, DiskSource, DiskSpec, GuestSpec};

/// The reason for a node that the user asked to recreate.
pub(super) const RECREATED: &str = "asked for with `--recreate`";

/// The work on a node of the lab.
#[derive(Debug)]
pub(super) struct NodeWork<'a> {
    /// The desired node.
    pub node: &'a DesiredNode,
    /// The existing machine that is kept; `None` when the node is recreated.
    pub found: Option<&'a GuestFound>,
    /// Whether all existing objects are deleted first.
    pub recreate: bool,
    /// Disks to create.
    pub make_disks: Vec<&'a DiskSpec>,
    /// Disks that are no longer in the lab.
    pub drop_disks: Vec<DiskId>,
    /// Reasons to write its seed.
    pub seed: Vec<String>,
    /// Reasons to define its machine.
    pub define: Vec<String>,
    /// Reasons to stop it, if it is on.
    pub restart: Vec<String>,
    /// Reasons to switch it on.
    pub start: Vec<String>,
    /// Reasons to run its set-up.
    pub set_up: Vec<String>,
}

impl<'a> NodeWork<'a> {
    /// Compares a node with the inventory.
    pub(super) fn of(
        desired: &Desired,
        node: &'a DesiredNode,
        inventory: &'a Inventory,
        recreate: &BTreeSet<NodeName>,
        networks: &[NetworkWork<'_>],
    ) -> Self {
        let recreate = recreate.contains(&node.name);
        let found = inventory.guests.get(&node.name).filter(|_| !recreate);
        let mut work = NodeWork {
            node,
            found,
            recreate,
            make_disks: Vec::new(),
            drop_disks: Vec::new(),
            seed: Vec::new(),
            define: Vec::new(),
            restart: Vec::new(),
            start: Vec::new(),
            set_up: Vec::new(),
        };
        work.compare_disks(inventory);
        work.compare_seed(inventory);
        match found.and_then(|found| found.mark.ours().map(|spec| (found, spec))) {
            Some((found, spec)) => work.compare_guest(found, spec, networks),
            None => work.absent(inventory),
        }
        work.compare_seal(desired);
        work
    }

    fn compare_disks(&mut self, inventory: &Inventory) {
        let there = |id: &DiskId| !self.recreate && inventory.disks.contains_key(id);
        self.make_disks = self.node.disks.iter().filter(|disk| !there(&disk.id)).collect();
        let wanted: BTreeSet<&DiskId> = self.node.disks.iter().map(|disk| &disk.id).collect();
        let surplus = inventory.disks.keys().filter(|id| id.node == self.node.name && !wanted.contains(id));
        self.drop_disks = surplus.filter(|_| !self.recreate).cloned().collect();
        self.set_up.extend(self.drop_disks.iter().map(|id| format!("disk {id} is no longer in the lab")));
        for disk in &self.make_disks {
            let reason = self.why_made(disk);
            // A disk that is new to the machine is in the new definition, which restarts it anyway.
            if self.found.is_some() {
                self.restart.push(reason.clone());
            }
            self.set_up.push(reason);
        }
    }

    /// The reason to create a disk: the machine's disk is missing, or the disk is new in the lab.
    fn why_made(&self, disk: &DiskSpec) -> String {
        let Some(spec) = self.found.and_then(|found| found.mark.ours()) else {
            return format!("disk {} is not there", disk.id);
        };
        match (&disk.source, &disk.id.disk) {
            (DiskSource::Blank(size), Some(name)) if spec.disks.iter().all(|had| had.name != *name) => {
                reason::disk_added(name, *size)
            }
            _ => format!("disk {} was gone", disk.id),
        }
    }

    fn compare_seed(&mut self, inventory: &Inventory) {
        match inventory.seeds.get(&self.node.name).filter(|_| !self.recreate) {
            None => {
                self.seed.push("not there yet".to_owned());
                if self.found.is_some() {
                    self.set_up.push("its seed was gone".to_owned());
                }
            }
            Some(seed) => {
                self.seed = reason::seed(seed, &self.node.seed);
                self.set_up.extend(self.seed.iter().cloned());
            }
        }
    }

    fn absent(&mut self, inventory: &Inventory) {
        let revived = inventory.host.as_ref().is_some_and(|host| !host.alive);
        let why = match (self.recreate, revived) {
            (true, _) => RECREATED,
            (false, true) => "the embedded host had died",
            (false, false) => "not there yet",
        };
        self.define.push(why.to_owned());
        self.start.push(why.to_owned());
        if self.is_from_nothing() {
            self.set_up = vec![why.to_owned()];
        } else {
            self.set_up.insert(0, why.to_owned());
        }
    }

    fn compare_guest(&mut self, found: &GuestFound, spec: &GuestSpec, networks: &[NetworkWork<'_>]) {
        let differences = reason::guest(spec, &self.node.guest);
        self.define.extend(differences.iter().cloned());
        self.restart.retain(|reason| !differences.contains(reason));
        self.restart.splice(0..0, differences);
        if found.state.is_on() {
            let ours = networks.iter().filter(|work| spec.nics.iter().any(|nic| nic.network == *work.name()));
            self.restart.extend(ours.filter_map(NetworkWork::breaks_links));
        }
        match found.state {
            GuestState::Running => {}
            GuestState::Paused => self.start.push("it is paused".to_owned()),
            GuestState::Frozen => self.start.push("its process is stopped".to_owned()),
            GuestState::Off => self.start.push("it is off".to_owned()),
            GuestState::Crashed => self.start.push("it crashed".to_owned()),
        }
        self.start.extend(self.restart.iter().cloned());
    }

    fn compare_seal(&mut self, desired: &Desired) {
        let Some(found) = self.found else { return };
        match &found.sealed {
            None => self.set_up.push("its set-up was not finished".to_owned()),
            Some(sealed) if *sealed != super::seal::seal(desired, self.node) && self.set_up.is_empty() => {
                self.set_up.push("its set-up steps or health checks changed".to_owned());
            }
            Some(_) => {}
        }
        // Also if the seed itself is correct: the process that wrote it may have been killed before this.
        if self.define.is_empty() && !self.set_up.is_empty() {
            self.define.push("so that its next start has its seed".to_owned());
        }
    }

    /// Whether its power is cut.
    pub(super) fn stops(&self) -> bool {
        !self.restart.is_empty() && self.found.is_some_and(|found| found.state.is_on())
    }

    /// Whether its files are pushed: the guest may have booted with another seed.
    pub(super) fn pushes(&self) -> bool {
        !self.set_up.is_empty() && !self.is_from_nothing()
    }

    /// Whether its system disk is created, so that it boots for the first time.
    pub(super) fn is_from_nothing(&self) -> bool {
        self.make_disks.iter().any(|disk| disk.id.disk.is_none())
    }

    /// The effect on the node; `None` if it is not changed.
    pub(super) fn effect(&self) -> Option<NodeEffect> {
        if self.recreate {
            Some(NodeEffect::Recreate)
        } else if self.found.is_none() && self.is_from_nothing() {
            Some(NodeEffect::Create)
        } else if self.stops() {
            Some(NodeEffect::Restart)
        } else if !self.start.is_empty() {
            Some(NodeEffect::Start)
        } else if !self.set_up.is_empty() {
            Some(NodeEffect::SetUp)
        } else {
            None
        }
    }

    /// All reasons, without duplicates.
    pub(super) fn reasons(&self) -> Vec<String> {
        let mut reasons: Vec<String> = Vec::new();
        let restarts = self.restart.iter().chain(&self.start).chain(&self.set_up);
        for reason in restarts {
            if !reasons.contains(reason) {
                reasons.push(reason.clone());
            }
        }
        reasons
    }
}
