//! The answers of a simulated host in place of machines: shells, consoles, clients, and its cluster for
//! drills.

use std::sync::atomic::AtomicBool;

use super::cluster::{Cluster, Planted};
use super::{Ran, Sim, SimFault, SimGuest, client, shell};
use crate::checkpoint::Platform;
use crate::guest::keeper::Shell;
use crate::inventory::GuestState;
use crate::model::spec::DiskId;
use crate::model::{Lab, NetworkName, NodeName};
use crate::provider::{Model, Reach, Snapshots, Tools, Vantage};
use crate::work::ProviderError;

impl Snapshots for Sim {
    fn platform(&self) -> Result<Platform, ProviderError> {
        let simulated = || "simulated".to_owned();
        Ok(Platform {
            machine: simulated(),
            processor: simulated(),
            accelerator: simulated(),
            qemu: simulated(),
            libvirt: simulated(),
        })
    }
}

impl Reach for Sim {
    fn shell(&self, _: &NodeName) -> Result<Shell, ProviderError> {
        Err(ProviderError::Host {
            what: "a simulated node has no shell over SSH".to_owned(),
            source: "a model answers".into(),
        })
    }

    fn console_tail(&self, node: &NodeName, lines: usize) -> Result<String, ProviderError> {
        let mut inner = self.lock();
        let mut text: Vec<String> = Vec::new();
        for (_, disk) in inner.world.disks_of(node).take(1) {
            text.extend(disk.steps.keys().map(|step| format!("{node}: {step} done")));
        }
        text.push(format!("{node} login:"));
        Ok(text.split_off(text.len().saturating_sub(lines)).join("\n"))
    }

    fn follow_console(
        &self,
        node: &NodeName,
        lines: usize,
        _: &AtomicBool,
        tell: &mut dyn FnMut(&[u8]),
    ) -> Result<(), ProviderError> {
        tell(self.console_tail(node, lines)?.as_bytes());
        Ok(())
    }

    fn tools(&self) -> Option<Tools> {
        None
    }
}

impl Vantage for Sim {
    fn enter(&self) -> std::io::Result<()> {
        let why = "a simulated lab has no network";
        Err(std::io::Error::new(std::io::ErrorKind::Unsupported, why))
    }

    fn interface(&self, network: &NetworkName) -> String {
        network.to_string()
    }
}

impl Model for Sim {
    fn cluster(&self, lab: &Lab) -> Cluster {
        self.lock().world.cluster_of(lab, &self.planted())
    }

    fn planted(&self) -> Vec<Planted> {
        self.faults.iter().filter_map(SimFault::planted).collect()
    }

    fn run(&self, node: &NodeName, line: &str) -> Result<Ran, ProviderError> {
        let cluster = self.lab.as_ref().map(|lab| self.cluster(lab));
        let inner = self.lock();
        // A person is slower than a boot, also of a node that was switched on outside of any plan.
        let up = |guest: &SimGuest| guest.found.state == GuestState::Running;
        if !inner.world.guests.get(node).is_some_and(up) {
            let what = format!("{node} does not answer");
            return Err(ProviderError::Host { what, source: "it does not run".into() });
        }
        let system = DiskId { node: node.clone(), disk: None };
        let told = inner.world.disks.get(&system).and_then(|disk| disk.told.as_ref());
        Ok(shell::Shell { node, told, cluster: cluster.as_ref() }.run(line))
    }

    fn client(&self, lab: &Lab, command: &[String]) -> Ran {
        client::run(command, &mut self.cluster(lab))
    }

    fn lend(&self, lab: &Lab) -> Cluster {
        let cluster = self.cluster(lab);
        self.lock().lent = true;
        cluster
    }

    fn take_back(&self, mut cluster: Cluster) -> Result<(), ProviderError> {
        cluster.settle();
        let mut inner = self.lock();
        inner.lent = false;
        inner.world.cluster = Some(cluster.state().clone());
        self.save(&inner.world, None)
    }
}
