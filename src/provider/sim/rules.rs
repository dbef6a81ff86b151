//! The effect of each action on a simulated host, and the actions that a real one would refuse.

use super::world::{SimDisk, SimGuest, World};
use crate::inventory::{GuestFound, GuestState, HostFound, Mark, NetworkFound};
use crate::model::spec::{
    Digest, DiskId, DiskSource, DiskSpec, GuestSpec, HostSpec, NetworkSpec, SeedSpec, StepSpec,
};
use crate::model::spec::{HealthCheck, When};
use crate::model::{NetworkName, NodeName};
use crate::plan::Action;
use crate::work::ProviderError;

pub(super) type Result<T = ()> = std::result::Result<T, ProviderError>;

impl World {
    /// Makes one change.
    pub(super) fn act(&mut self, action: &Action) -> Result {
        match action {
            Action::EnsureImage(spec) => {
                self.images.insert(spec.digest.clone());
                Ok(())
            }
            Action::CreateHost(spec) => self.create_host(spec),
            Action::DestroyHost => {
                let (images, checkpoints) =
                    (std::mem::take(&mut self.images), std::mem::take(&mut self.checkpoints));
                *self = World { images, checkpoints, ..World::default() };
                Ok(())
            }
            Action::DeleteDisk(id) => self.delete_disk(id),
            Action::DeleteSeed(node) => {
                self.seeds.remove(node);
                Ok(())
            }
            inside => {
                if !self.host.as_ref().is_some_and(|host| host.alive) {
                    return refuse(inside, "the embedded host is not there or not alive");
                }
                self.act_inside(inside)
            }
        }
    }

    fn act_inside(&mut self, action: &Action) -> Result {
        match action {
            Action::CreateNetwork(spec) => self.create_network(action, spec),
            Action::DeleteNetwork(name) => self.delete_network(action, name),
            Action::CreateDisk(spec) => self.create_disk(action, spec),
            Action::WriteSeed(seed) => self.write_seed(action, seed),
            Action::DefineGuest(spec) => self.define(action, spec),
            Action::UndefineGuest(node) => self.undefine(action, node),
            Action::StartGuest(node) => self.start(action, node),
            Action::StopGuest(node) => self.stop(node),
            Action::AwaitGuest(node) => self.await_guest(action, node),
            Action::PushFiles(seed) => self.push(action, seed),
            Action::RunStep(spec) => self.run(action, spec),
            Action::AwaitHealth(check) => self.health(action, check),
            Action::AdoptKeys(id) => self.adopt_keys(action, id),
            Action::LayDisk { disk, checkpoint } => self.lay_disk(action, disk, checkpoint),
            Action::LoadGuest { guest, checkpoint } => self.load(action, guest, checkpoint),
            Action::ResumeGuests(nodes) => self.resume(action, nodes),
            Action::WakeGuest(node) => self.running(action, node).map(|_| ()),
            Action::SaveCheckpoint(spec) => self.save_checkpoint(spec),
            Action::Unseal(node) => {
                self.guest(action, node)?.found.sealed = None;
                Ok(())
            }
            Action::Seal { node, digest } => {
                self.guest(action, node)?.found.sealed = Some(digest.clone());
                Ok(())
            }
            Action::EnsureImage(_)
            | Action::CreateHost(_)
            | Action::DestroyHost
            | Action::DeleteDisk(_)
            | Action::DeleteSeed(_) => refuse(action, "this does not happen inside the host"),
        }
    }

    fn create_host(&mut self, spec: &HostSpec) -> Result {
        let found =
            HostFound { lab: Some(spec.lab.clone()), guard: Some(Digest::of(&spec.guard)), alive: true };
        match &self.host {
            Some(host) if host.lab.as_ref().is_some_and(|lab| *lab != spec.lab) => {
                return refuse(&Action::CreateHost(spec.clone()), "it is there for another lab");
            }
            Some(host) if host.alive => self.host = Some(found),
            Some(_) | None => {
                self.networks.clear();
                self.guests.clear();
                self.host = Some(found);
            }
        }
        Ok(())
    }

    fn create_network(&mut self, action: &Action, spec: &NetworkSpec) -> Result {
        let name = &spec.network.name;
        match self.networks.get_mut(name) {
            None => {
                let found = NetworkFound { mark: Mark::Ours(spec.clone()), active: true };
                self.networks.insert(name.clone(), found);
            }
            Some(found) => match found.mark.ours() {
                None => return Err(ProviderError::Foreign { what: format!("network {name}") }),
                Some(made) if made != spec => return refuse(action, "it is defined in another way"),
                Some(_) => found.active = true,
            },
        }
        Ok(())
    }

    fn delete_network(&mut self, action: &Action, name: &NetworkName) -> Result {
        if self.networks.get(name).is_some_and(|found| found.mark == Mark::Foreign) {
            return Err(ProviderError::Foreign { what: format!("network {name}") });
        }
        let on = |guest: &&SimGuest| {
            guest.is_on() && guest.spec().is_some_and(|spec| spec.nics.iter().any(|nic| nic.network == *name))
        };
        if self.guests.values().any(|guest| on(&guest)) {
            return refuse(action, "a machine that is on has an interface on it");
        }
        self.networks.remove(name);
        Ok(())
    }

    fn create_disk(&mut self, action: &Action, spec: &DiskSpec) -> Result {
        if let DiskSource::Image(image) = &spec.source
            && !self.images.contains(image)
        {
            return refuse(action, "its image is not in the store");
        }
        match self.disks.get(&spec.id) {
            Some(disk) if disk.source != spec.source => {
                refuse(action, "it is there and started from something else")
            }
            Some(_) => Ok(()),
            None => {
                let disk = SimDisk { source: spec.source.clone(), told: None, steps: Default::default() };
                self.disks.insert(spec.id.clone(), disk);
                Ok(())
            }
        }
    }

    fn delete_disk(&mut self, id: &DiskId) -> Result {
        let alive = self.host.as_ref().is_some_and(|host| host.alive);
        let holds = |guest: &SimGuest| {
            let has = |spec: &GuestSpec| spec.disks.iter().any(|disk| Some(&disk.name) == id.disk.as_ref());
            guest.is_on() && (id.disk.is_none() || guest.spec().is_some_and(has))
        };
        if alive && self.guests.get(&id.node).is_some_and(holds) {
            return refuse(&Action::DeleteDisk(id.clone()), "its machine is on");
        }
        self.disks.remove(id);
        Ok(())
    }

    fn write_seed(&mut self, action: &Action, seed: &SeedSpec) -> Result {
        if !self.images.contains(&seed.image) {
            return refuse(action, "its image is not in the store");
        }
        self.seeds.insert(seed.node.clone(), seed.clone());
        Ok(())
    }

    fn define(&mut self, action: &Action, spec: &GuestSpec) -> Result {
        let secondary = spec.disks.iter().map(|disk| Some(disk.name.clone()));
        let mut disks = std::iter::once(None).chain(secondary);
        if !disks.all(|disk| self.disks.contains_key(&DiskId { node: spec.node.clone(), disk })) {
            return refuse(action, "a disk of it is missing");
        }
        if !spec.nics.iter().all(|nic| self.networks.contains_key(&nic.network)) {
            return refuse(action, "a network of it is missing");
        }
        let Some(seed) = self.seeds.get(&spec.node) else {
            return refuse(action, "its seed is missing");
        };
        let (mut state, mut answers) = (GuestState::Off, false);
        if let Some(guest) = self.guests.get(&spec.node) {
            let Some(made) = guest.spec() else {
                return Err(ProviderError::Foreign { what: format!("machine {}", spec.node) });
            };
            if guest.is_on() && made != spec {
                return refuse(action, "it is on, and this changes it");
            }
            (state, answers) = (guest.found.state, guest.answers);
        }
        let found = GuestFound { mark: Mark::Ours(spec.clone()), state, sealed: None };
        let guest = SimGuest { found, carried: Some(seed.clone()), answers };
        self.guests.insert(spec.node.clone(), guest);
        Ok(())
    }

    fn undefine(&mut self, action: &Action, node: &NodeName) -> Result {
        if !self.guests.contains_key(node) {
            return Ok(());
        }
        if self.guest(action, node)?.is_on() {
            return refuse(action, "it is on");
        }
        self.guests.remove(node);
        Ok(())
    }

    /// Switches a machine on, as an action or as [`crate::provider::Power::On`].
    pub(super) fn start(&mut self, action: &Action, node: &NodeName) -> Result {
        let guest = self.guest(action, node)?;
        let (state, carried, spec) = (guest.found.state, guest.carried.clone(), guest.spec().cloned());
        let spec = spec.into_iter().flat_map(|spec| spec.nics);
        let dark =
            spec.into_iter().any(|nic| !self.networks.get(&nic.network).is_some_and(|found| found.active));
        if dark && !state.is_on() {
            return refuse(action, "a network of it is not started");
        }
        if !state.is_on() {
            let Some(system) = self.disks.get_mut(&DiskId { node: node.clone(), disk: None }) else {
                return refuse(action, "its system disk is missing");
            };
            system.told = carried;
            self.guest(action, node)?.answers = false;
        }
        self.guest(action, node)?.found.state = GuestState::Running;
        Ok(())
    }

    /// Cuts a machine's power. A missing machine counts as off.
    pub(super) fn stop(&mut self, node: &NodeName) -> Result {
        if let Some(guest) = self.guests.get_mut(node) {
            if guest.found.mark == Mark::Foreign {
                return Err(ProviderError::Foreign { what: format!("machine {node}") });
            }
            guest.answers = false;
            if guest.is_on() {
                guest.found.state = GuestState::Off;
                self.power_went(node);
            }
        }
        Ok(())
    }

    fn await_guest(&mut self, action: &Action, node: &NodeName) -> Result {
        let guest = self.guest(action, node)?;
        if guest.found.state != GuestState::Running {
            return Err(ProviderError::TimedOut {
                what: action.to_string(),
                limit_s: 0,
                phase: "not running".to_owned(),
                console: String::new(),
            });
        }
        guest.answers = true;
        Ok(())
    }

    fn push(&mut self, action: &Action, seed: &SeedSpec) -> Result {
        self.answering(action, &seed.node)?;
        match self.disks.get_mut(&DiskId { node: seed.node.clone(), disk: None }) {
            Some(system) => system.told = Some(seed.clone()),
            None => return refuse(action, "its system disk is missing"),
        }
        Ok(())
    }

    fn run(&mut self, action: &Action, spec: &StepSpec) -> Result {
        self.answering(action, &spec.node)?;
        if spec.when == When::Waking {
            // It leaves nothing on a disk.
            return Ok(());
        }
        let step = format!("{}/{}", spec.stack, spec.step);
        for (_, disk) in self.disks_of(&spec.node) {
            disk.steps.insert(step.clone(), Digest::of(&spec.script));
        }
        Ok(())
    }

    fn health(&mut self, action: &Action, check: &HealthCheck) -> Result {
        let Some(node) = &check.node else {
            let up = |guest: &SimGuest| guest.found.state == GuestState::Running && guest.answers;
            return if self.guests.values().any(up) { Ok(()) } else { refuse(action, "nothing answers") };
        };
        self.answering(action, node)?;
        let system = self.disks.get(&DiskId { node: node.clone(), disk: None });
        if system.and_then(|disk| disk.told.as_ref()) != self.seeds.get(node) {
            return refuse(action, "the guest has other files than its seed");
        }
        Ok(())
    }

    pub(super) fn guest(&mut self, action: &Action, node: &NodeName) -> Result<&mut SimGuest> {
        match self.guests.get_mut(node) {
            None => refuse(action, "it is not defined"),
            Some(guest) if guest.found.mark == Mark::Foreign => {
                Err(ProviderError::Foreign { what: format!("machine {node}") })
            }
            Some(guest) => Ok(guest),
        }
    }

    fn running(&mut self, action: &Action, node: &NodeName) -> Result<&mut SimGuest> {
        let guest = self.guest(action, node)?;
        if guest.found.state == GuestState::Running { Ok(guest) } else { refuse(action, "it does not run") }
    }

    fn answering(&mut self, action: &Action, node: &NodeName) -> Result<&mut SimGuest> {
        let guest = self.running(action, node)?;
        if guest.answers { Ok(guest) } else { refuse(action, "it does not answer yet") }
    }
}

pub(super) fn refuse<T>(action: &Action, why: &str) -> Result<T> {
    Err(ProviderError::Host { what: format!("cannot {action}"), source: why.into() })
}
