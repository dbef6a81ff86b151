//! Real guests: libvirt on the instance's embedded host.

mod backing;
mod checkpoint;
mod compare;
mod configure;
mod connect;
mod console;
mod disk;
pub(crate) mod fault;
mod files;
mod guest;
mod launch;
mod lines;
pub(crate) mod mark;
mod monitor;
mod network;
mod offline;
mod rekey;
mod seed;
mod watch;
mod xml;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use virt::connect::Connect;

use super::{Capabilities, Faults, Machines, Power, Provider, Reach, Snapshots, Tools, Vantage};
use crate::base::{growing, netns};
use crate::checkpoint::Platform;
use crate::fault::{Goal, Injection, Look};
use crate::guest::keeper::{Keeper, Shell};
use crate::host::accel::{Accelerator, Facts, choose};
use crate::host::{Host, space};
use crate::image::ImageStore;
use crate::inventory::{GuestFound, Inventory};
use crate::model::guard::Dropped;
use crate::model::spec::DiskId;
use crate::model::{InstanceName, NetworkName, NodeName, Wish};
use crate::plan::Action;
use crate::state::StateDir;
use crate::work::{Context, ProviderError};

/// The end of a console in which its last lines are looked for, in bytes.
const CONSOLE_END: u64 = 256 * 1024;

/// The provider of real guests.
pub struct LibvirtProvider {
    state: StateDir,
    instance: InstanceName,
    host: Host,
    accelerator: Accelerator,
    notice: Option<String>,
    catalog: crate::catalog::Catalog,
    connection: connect::Connection,
    lines: lines::Lines,
    keys: Mutex<()>,
    limits: Mutex<()>,
}

impl LibvirtProvider {
    /// The provider of an instance. Nothing is changed yet.
    pub fn new(
        state: &StateDir,
        instance: &InstanceName,
        accel: Wish,
        catalog: crate::catalog::Catalog,
    ) -> Self {
        let choice = choose(accel, Facts::read());
        Self {
            state: state.clone(),
            instance: instance.clone(),
            host: Host::new(state, instance),
            notice: choice.notice(accel),
            accelerator: choice.accelerator,
            catalog,
            connection: connect::Connection::default(),
            lines: lines::Lines::default(),
            keys: Mutex::default(),
            limits: Mutex::default(),
        }
    }

    fn connection(&self) -> Result<Arc<Connect>, ProviderError> {
        self.connection.get(&self.host)
    }

    /// Gives a file to the user of the guests, with these permission bits.
    fn give(&self, file: &std::path::Path, mode: u32) -> Result<(), ProviderError> {
        let user = self.host.user().ok_or_else(|| ProviderError::Host {
            what: "the guests of this instance have no user".to_owned(),
            source: "its host was made by an earlier version: `lab down` and `lab up` make a new one".into(),
        })?;
        user.give(file, mode).map_err(files::io("cannot give a file to the guests' user"))
    }

    /// Makes the daemon query QEMU, before a guest runs, and keeps the answer for other instances.
    fn query_capabilities(&self) -> Result<(), ProviderError> {
        let (emulator, machine) = (Some(xml::EMULATOR), Some(xml::MACHINE));
        self.connection()?
            .domain_capabilities(emulator, Some("x86_64"), machine, Some(self.accelerator.domain_type()), 0)
            .map_err(connect::refused("query QEMU"))?;
        Ok(self.host.keep_capabilities(self.accelerator)?)
    }

    fn keeper(&self) -> Keeper {
        Keeper::of(&self.host.folder(), &self.host.netns())
    }

    fn images(&self) -> Result<std::collections::BTreeSet<crate::model::spec::Digest>, ProviderError> {
        Ok(ImageStore::new(&self.state).list()?.into_iter().map(|image| image.manifest.digest).collect())
    }
}

impl Provider for LibvirtProvider {
    fn capabilities(&self) -> Capabilities {
        Capabilities::GUESTS
    }
}

impl Machines for LibvirtProvider {
    fn inventory(&self) -> Result<Inventory, ProviderError> {
        let mut inventory =
            Inventory { images: self.images()?, host: self.host.find()?, ..Inventory::default() };
        self.find_files(&mut inventory)?;
        if inventory.host.as_ref().is_none_or(|host| !host.alive) {
            return Ok(inventory);
        }
        let connection = self.connection()?;
        let networks = connection.list_all_networks(0).map_err(connect::refused("list networks"))?;
        for network in networks {
            let name = network.name().map_err(connect::refused("read a network"))?;
            if let Ok(name) = name.parse() {
                let found = self.found_network(&name, &network)?;
                inventory.networks.insert(name, found);
            }
        }
        let domains = connection.list_all_domains(0).map_err(connect::refused("list machines"))?;
        let mut guests = BTreeMap::new();
        for domain in domains {
            let name = domain.name().map_err(connect::refused("read a machine"))?;
            if let Ok(name) = name.parse() {
                let state = self.state_of(&name, &domain)?;
                guests.insert(name, GuestFound { state, ..guest::found(&domain)? });
            }
        }
        inventory.guests = guests;
        Ok(inventory)
    }

    fn settle(&self, context: &Context<'_>) -> Result<Option<String>, ProviderError> {
        let told = [self.end_pending(context)?, self.end_comparison(context)?];
        let told: Vec<String> = told.into_iter().flatten().collect();
        Ok((!told.is_empty()).then(|| told.join("\n")))
    }

    fn perform(&self, action: &Action, context: &Context<'_>) -> Result<(), ProviderError> {
        match action {
            Action::EnsureImage(spec) => self.ensure_image(spec, context),
            Action::CreateHost(spec) => {
                self.host.create(spec, self.accelerator, context.cancel)?;
                self.query_capabilities()
            }
            Action::DestroyHost => {
                // Closing a connection sends a request to its daemon, and waits for the answer unless the
                // daemon is gone.
                let destroyed = self.host.destroy();
                self.connection.forget();
                Ok(destroyed?)
            }
            Action::CreateNetwork(spec) => self.create_network(spec, context.cancel),
            Action::DeleteNetwork(name) => self.delete_network(name),
            Action::CreateDisk(spec) => self.create_disk(spec),
            Action::DeleteDisk(id) => self.delete_disk(id),
            Action::WriteSeed(spec) => self.write_seed(spec),
            Action::DeleteSeed(node) => self.delete_seed(node),
            Action::DefineGuest(spec) => self.define_guest(spec),
            Action::UndefineGuest(node) => self.undefine_guest(node),
            Action::StartGuest(node) => self.start_guest(node, context.cancel),
            Action::StopGuest(node) => self.stop_guest(node),
            Action::AwaitGuest(node) => self.await_guest(node, context),
            Action::PushFiles(spec) => self.push_files(spec, context),
            Action::RunStep(spec) => self.run_step(spec, context),
            Action::AwaitHealth(check) => self.await_health(check, context),
            Action::AdoptKeys(checkpoint) => self.adopt_keys(checkpoint),
            Action::LayDisk { disk, checkpoint } => self.lay_disk(disk, checkpoint),
            Action::LoadGuest { guest, checkpoint } => self.load_guest(guest, checkpoint, context),
            Action::ResumeGuests(nodes) => self.resume_guests(nodes, context),
            Action::WakeGuest(node) => self.wake(node, context),
            Action::SaveCheckpoint(spec) => self.save_checkpoint(spec, context),
            Action::Unseal(node) => self.seal(node, None),
            Action::Seal { node, digest } => self.seal(node, Some(digest)),
        }
    }

    fn power(&self, node: &NodeName, power: Power) -> Result<(), ProviderError> {
        self.switch_power(node, power)
    }

    fn hold(&self) -> Result<(), ProviderError> {
        self.hold_all()
    }

    fn hold_because(&self, why: &str) -> Result<(), ProviderError> {
        self.hold_all()?;
        fs_err::write(space::note(&self.host.folder()), why)
            .map_err(files::io("cannot note why they are paused"))
    }

    fn ask_to_shut_down(&self, node: &NodeName, context: &Context<'_>) -> Result<(), ProviderError> {
        self.shut_down(node, context).map(|_| ())
    }

    fn paused_by_itself(&self) -> Option<String> {
        fs_err::read_to_string(space::note(&self.host.folder())).ok()
    }

    fn favour(&self, measured: bool) {
        if let Some(user) = self.host.user() {
            // On a machine that does not let processors be shared out, figures are as they are.
            let _ = user.group().favour(measured);
        }
    }

    fn memory(&self) -> Option<u64> {
        self.host.user()?.group().memory()
    }

    fn processor_time(&self) -> Option<Duration> {
        self.host.user()?.group().processor_time()
    }

    fn dropped(&self) -> BTreeMap<NodeName, Dropped> {
        // A host that does not run has no rules.
        self.host.dropped().unwrap_or_default()
    }

    fn accelerator(&self) -> &'static str {
        match self.accelerator {
            Accelerator::Kvm => "kvm",
            Accelerator::Tcg => "tcg",
        }
    }

    fn notice(&self) -> Option<String> {
        self.notice.clone()
    }
}

impl Faults for LibvirtProvider {
    fn compare_disks(
        &self,
        disks: &[DiskId],
        bytes: u64,
        cancel: &AtomicBool,
    ) -> Result<Option<u64>, ProviderError> {
        self.compare_standing_still(disks, bytes, cancel)
    }

    fn inject(&self, injection: &Injection, context: &Context<'_>) -> Result<String, ProviderError> {
        self.do_fault(injection, context)
    }

    fn look(
        &self,
        injection: &Injection,
        wanted: Goal,
        context: &Context<'_>,
    ) -> Result<Look, ProviderError> {
        self.look_at_fault(injection, wanted, context)
    }

    fn heal(&self, injection: &Injection, context: &Context<'_>) -> Result<(), ProviderError> {
        self.heal_fault(injection, context)
    }
}

impl Snapshots for LibvirtProvider {
    fn platform(&self) -> Result<Platform, ProviderError> {
        self.found_platform()
    }
}

impl Reach for LibvirtProvider {
    fn shell(&self, node: &NodeName) -> Result<Shell, ProviderError> {
        Ok(Shell::new(self.keeper(), self.target(node)?))
    }

    fn console_tail(&self, node: &NodeName, lines: usize) -> Result<String, ProviderError> {
        let text = growing::tail(&self.console_file(node), CONSOLE_END)
            .map_err(files::io("cannot read the console's file"))?;
        Ok(crate::guest::console::tail(&String::from_utf8_lossy(&text), lines))
    }

    fn follow_console(
        &self,
        node: &NodeName,
        lines: usize,
        cancel: &AtomicBool,
        tell: &mut dyn FnMut(&[u8]),
    ) -> Result<(), ProviderError> {
        console::follow(&self.console_file(node), lines, cancel, tell)
            .map_err(files::io(format!("{node} has no console that can be read")))
    }

    fn tools(&self) -> Option<Tools> {
        Some(Tools { libvirt_uri: self.host.uri()?, network_namespace: self.host.netns_name() })
    }
}

impl Vantage for LibvirtProvider {
    fn enter(&self) -> std::io::Result<()> {
        netns::enter(&self.host.netns())
    }

    fn interface(&self, network: &NetworkName) -> String {
        // The bridge of a network has its name.
        network.to_string()
    }
}
