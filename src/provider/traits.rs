//! What a provider does, by what it is asked for. Who needs one thing takes one trait.

use std::io;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use super::Capabilities;
use super::cluster::{Cluster, Planted};
use super::sim::Ran;
use crate::checkpoint::Platform;
use crate::fault::{Injection, Look, Wanted};
use crate::guest::keeper::Shell;
use crate::inventory::Inventory;
use crate::model::spec::DiskId;
use crate::model::{Lab, NetworkName, NodeName};
use crate::plan::Action;
use crate::work::{Context, ProviderError};

/// How a machine's power is switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Power {
    /// Switch on.
    On,
    /// Cut: memory is gone at once, nothing is flushed by the guest.
    Cut,
}

/// A place for one instance of a lab.
pub trait Provider: Machines + Faults + Snapshots + Reach + Vantage {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// The model that answers in place of machines; none where machines run.
    fn model(&self) -> Option<&dyn Model> {
        None
    }
}

/// The objects of an instance: what there is, and how it is changed.
pub trait Machines: Send + Sync {
    /// What exists of the instance.
    fn inventory(&self) -> Result<Inventory, ProviderError>;

    /// Makes one change. Doing it twice equals doing it once.
    fn perform(&self, action: &Action, context: &Context<'_>) -> Result<(), ProviderError>;

    /// Switches a machine's power, as a fault or to heal one. Returns once it has happened.
    fn power(&self, node: &NodeName, power: Power) -> Result<(), ProviderError>;

    /// Asks the system of a running machine to shut down in order, and returns once it has accepted. The machine is off when
    /// the inventory says so.
    fn ask_to_shut_down(&self, node: &NodeName, context: &Context<'_>) -> Result<(), ProviderError>;

    /// Puts right what a command that was killed left in hand and no plan can see: a save that had switched machines
    /// off. Says what it did; none when there was nothing.
    fn settle(&self, _context: &Context<'_>) -> Result<Option<String>, ProviderError> {
        Ok(None)
    }

    /// What runs the machines, as records name it: `kvm`, `tcg`, `simulated`.
    fn accelerator(&self) -> &'static str;

    /// What a user should know of how the machines will run: that they are emulated, and why. None when nothing is to be said.
    fn notice(&self) -> Option<String> {
        None
    }
}

/// Faults: done, proven, healed; and what they left on disks.
pub trait Faults: Send + Sync {
    /// Does a fault, and says by which mechanism. Doing it twice equals doing it once.
    fn inject(&self, injection: &Injection, context: &Context<'_>) -> Result<String, ProviderError>;

    /// Looks once whether a fault is in force, or whether nothing is left of it.
    fn look(
        &self,
        injection: &Injection,
        wanted: Wanted,
        context: &Context<'_>,
    ) -> Result<Look, ProviderError>;

    /// Takes a fault back, whatever became of it and of its node. Doing it twice equals doing it once.
    fn heal(&self, injection: &Injection, context: &Context<'_>) -> Result<(), ProviderError>;

    /// Compares the first so many bytes of several machines' disks while none of these machines runs, and says where the
    /// first difference is; none if they are equal. The machines stand still for it and go on afterwards, on time.
    fn compare_disks(
        &self,
        disks: &[DiskId],
        bytes: u64,
        cancel: &AtomicBool,
    ) -> Result<Option<u64>, ProviderError>;
}

/// Saved states of all machines at one moment. Saving and restoring are actions of plans ([`Machines::perform`]).
pub trait Snapshots: Send + Sync {
    /// What a saved state depends on: what runs the machines.
    fn platform(&self) -> Result<Platform, ProviderError>;
}

/// Ways to single nodes.
pub trait Reach: Send + Sync {
    /// A node's shell over SSH. Nothing is connected yet.
    ///
    /// # Errors
    /// When there is no such node, its keys cannot be read, or nodes have no shell over SSH.
    fn shell(&self, node: &NodeName) -> Result<Shell, ProviderError>;

    /// The last lines of a machine's console, at most `lines`.
    fn console_tail(&self, node: &NodeName, lines: usize) -> Result<String, ProviderError>;

    /// Hands on the last lines of a machine's console, at most `lines`, and what is written to it from then on, until the flag
    /// is set. Returns at once when consoles do not go on.
    fn follow_console(
        &self,
        node: &NodeName,
        lines: usize,
        cancel: &AtomicBool,
        tell: &mut dyn FnMut(&[u8]),
    ) -> Result<(), ProviderError>;

    /// What tools of this machine need to reach the instance; none while its host does not run.
    fn tools(&self) -> Option<Tools>;
}

/// What tools of this machine need to reach an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tools {
    /// The address of its libvirt daemon, for `virsh`.
    pub(super) libvirt_uri: String,
    /// Its network namespace, for `ip netns exec`.
    pub(super) network_namespace: String,
}

impl Tools {
    /// The variables of the environment by which the tools find it, with their values.
    pub fn variables(&self) -> [(&'static str, &str); 2] {
        [("LIBVIRT_DEFAULT_URI", &self.libvirt_uri), ("LAB_NETNS", &self.network_namespace)]
    }
}

/// Where clients and captures stand.
pub trait Vantage: Send + Sync {
    /// Moves the calling thread, and no other, to where the clients of the lab are: sockets that it opens and programs that it
    /// starts from now on are in their network. There is no way back but to end the thread.
    ///
    /// # Errors
    /// When there is no network yet, the process may not enter it, or nothing can be a client.
    fn enter(&self) -> io::Result<()>;

    /// The interface there on which all frames of a network pass.
    fn interface(&self, network: &NetworkName) -> String;
}

/// A model of machines: it answers in their place, in no time.
pub trait Model: Send + Sync {
    /// Runs a line in the shell of a node.
    ///
    /// # Errors
    /// When the node does not run.
    fn run(&self, node: &NodeName, line: &str) -> Result<Ran, ProviderError>;

    /// Runs a command as a client of a lab.
    fn client(&self, lab: &Lab, command: &[String]) -> Ran;

    /// The cluster, as it has become of what was done to the host.
    fn cluster(&self, lab: &Lab) -> Cluster;

    /// What the cluster does wrong on purpose.
    fn planted(&self) -> Vec<Planted>;

    /// Gives the cluster to a drill, which from then on tells it what happens.
    fn lend(&self, lab: &Lab) -> Cluster;

    /// Takes the cluster of a drill back, when all that it was doing is over.
    ///
    /// # Errors
    /// When it cannot be saved.
    fn take_back(&self, cluster: Cluster) -> Result<(), ProviderError>;
}
