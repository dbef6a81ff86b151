//! The abilities of a provider, grouped by their use. A caller that needs one ability takes one trait.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Capabilities;
use super::cluster::{Cluster, Planted};
use super::sim::Ran;
use crate::checkpoint::Platform;
use crate::disk::Taken;
use crate::fault::{Goal, Injection, Look};
use crate::guest::keeper::Shell;
use crate::inventory::Inventory;
use crate::model::guard::Dropped;
use crate::model::spec::DiskId;
use crate::model::{FilePattern, Lab, NetworkName, NodeName};
use crate::plan::Action;
use crate::work::{Context, ProviderError};

/// How a machine's power is switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Power {
    /// Switch on.
    On,
    /// Cut: memory is lost at once, and the guest flushes nothing.
    Cut,
}

/// A place for one instance of a lab.
pub trait Provider: Machines + Faults + Snapshots + Disks + Reach + Vantage {
    /// Its capabilities.
    fn capabilities(&self) -> Capabilities;

    /// The model that answers in place of machines; none where machines run.
    fn model(&self) -> Option<&dyn Model> {
        None
    }
}

/// The objects of an instance: their inventory, and changes of them.
pub trait Machines: Send + Sync {
    /// The existing objects of the instance.
    fn inventory(&self) -> Result<Inventory, ProviderError>;

    /// Makes one change. It is idempotent.
    fn perform(&self, action: &Action, context: &Context<'_>) -> Result<(), ProviderError>;

    /// Switches a machine's power, as a fault or to heal one. Returns once it has happened.
    fn power(&self, node: &NodeName, power: Power) -> Result<(), ProviderError>;

    /// Lets all running machines stand still, at once. A save lets them go on afterwards, as a start does.
    /// A model has nothing that moves between two commands.
    fn hold(&self) -> Result<(), ProviderError> {
        Ok(())
    }

    /// The same, for a reason that is kept until one of them goes on.
    fn hold_because(&self, _why: &str) -> Result<(), ProviderError> {
        self.hold()
    }

    /// Asks the system of a running machine to shut down in order, and returns once it has accepted. The
    /// machine is off when the inventory says so.
    fn ask_to_shut_down(&self, node: &NodeName, context: &Context<'_>) -> Result<(), ProviderError>;

    /// Repairs what a killed command left in progress and no plan can see: a save that had switched machines
    /// off. Returns a description of the repair; none if there was nothing to repair.
    fn settle(&self, _context: &Context<'_>) -> Result<Option<String>, ProviderError> {
        Ok(None)
    }

    /// Why machines of the instance were paused without a command of the user; none if they were not.
    fn paused_by_itself(&self) -> Option<String> {
        None
    }

    /// Whether the machines come before those of all other instances on the processors: while they are
    /// measured. Where this cannot be arranged, nothing happens.
    fn favour(&self, _measured: bool) {}

    /// The memory that the machines and what runs them take together, in bytes; none where it is not known.
    fn memory(&self) -> Option<u64> {
        None
    }

    /// The processor time that the machines and what runs them have taken together since the host of the
    /// instance was made; none where it is not known.
    fn processor_time(&self) -> Option<Duration> {
        None
    }

    /// The frames of each node that its ports have dropped; a node of which none was dropped is absent, and
    /// so are all where it is not known.
    fn dropped(&self) -> BTreeMap<NodeName, Dropped> {
        BTreeMap::new()
    }

    /// What runs the machines, as records name it: `kvm`, `tcg`, `simulated`.
    fn accelerator(&self) -> &'static str;

    /// A remark for the user on how the machines will run: that they are emulated, and why. None if there is
    /// no need for one.
    fn notice(&self) -> Option<String> {
        None
    }
}

/// Faults: injection, verification and healing; and their effects on disks.
pub trait Faults: Send + Sync {
    /// Injects a fault, and returns its mechanism. It is idempotent.
    fn inject(&self, injection: &Injection, context: &Context<'_>) -> Result<String, ProviderError>;

    /// Checks once whether a fault is in force, or whether it has ended completely.
    fn look(&self, injection: &Injection, wanted: Goal, context: &Context<'_>)
    -> Result<Look, ProviderError>;

    /// Heals a fault, regardless of its state and that of its node. It is idempotent.
    fn heal(&self, injection: &Injection, context: &Context<'_>) -> Result<(), ProviderError>;

    /// Compares the first `bytes` bytes of several machines' disks while none of these machines runs, and
    /// returns the first difference; none if they are equal. The machines are paused for it and resumed
    /// afterwards, with correct clocks.
    fn compare_disks(
        &self,
        disks: &[DiskId],
        bytes: u64,
        cancel: &AtomicBool,
    ) -> Result<Option<u64>, ProviderError>;
}

/// Saved states of all machines at one moment. Saving and restoring are actions of plans
/// ([`Machines::perform`]).
pub trait Snapshots: Send + Sync {
    /// The platform that a saved state depends on.
    fn platform(&self) -> Result<Platform, ProviderError>;
}

/// The disks of machines that are off, read without a word of the machine.
pub trait Disks: Send + Sync {
    /// Takes files from the system disk of a machine, which is off. `program` is the executable of `lab`.
    ///
    /// # Errors
    /// When the machine is not off, its disk cannot be read, or the files are more or larger than allowed.
    fn read_files(
        &self,
        node: &NodeName,
        patterns: &[FilePattern],
        program: &path::Path,
        cancel: &AtomicBool,
    ) -> Result<Taken, ProviderError>;

    /// Which of some texts are on a secondary disk of a machine, which is off, by their indexes; none if the
    /// disks have no content.
    ///
    /// # Errors
    /// When the machine is not off, or its disk cannot be read.
    fn find_texts(
        &self,
        disk: &DiskId,
        texts: &[String],
        program: &path::Path,
        cancel: &AtomicBool,
    ) -> Result<Option<BTreeSet<usize>>, ProviderError>;
}

/// Access to single nodes.
pub trait Reach: Send + Sync {
    /// A node's shell over SSH. Nothing is connected yet.
    ///
    /// # Errors
    /// When there is no such node, its keys cannot be read, or nodes have no shell over SSH.
    fn shell(&self, node: &NodeName) -> Result<Shell, ProviderError>;

    /// The last lines of a machine's console, at most `lines`.
    fn console_tail(&self, node: &NodeName, lines: usize) -> Result<String, ProviderError>;

    /// Passes on the last lines of a machine's console, at most `lines`, and the later output, until the flag
    /// is set. Returns at once if consoles cannot be followed.
    fn follow_console(
        &self,
        node: &NodeName,
        lines: usize,
        cancel: &AtomicBool,
        tell: &mut dyn FnMut(&[u8]),
    ) -> Result<(), ProviderError>;

    /// The addresses of the instance for tools of this machine; none while its host does not run.
    fn tools(&self) -> Option<Tools>;
}

/// The addresses of an instance for tools of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tools {
    /// The address of its libvirt daemon, for `virsh`.
    pub(super) libvirt_uri: String,
    /// Its network namespace, for `ip netns exec`.
    pub(super) network_namespace: String,
}

impl Tools {
    /// The program that types on the console of a node. The one that typed before is disconnected.
    pub fn console(&self, node: &NodeName) -> Command {
        let mut virsh = Command::new("virsh");
        virsh.args(["--quiet", "--connect", &self.libvirt_uri, "console", "--force", node.as_str()]);
        virsh
    }

    /// The environment variables that the tools read, with their values.
    pub fn variables(&self) -> [(&'static str, &str); 2] {
        [("LIBVIRT_DEFAULT_URI", &self.libvirt_uri), ("LAB_NETNS", &self.network_namespace)]
    }
}

/// The network of clients and captures.
pub trait Vantage: Send + Sync {
    /// Moves the calling thread, and no other, into the network of the lab's clients: sockets that it opens
    /// and programs that it starts from now on are in that network. Only the end of the thread leaves it.
    ///
    /// # Errors
    /// When there is no network yet, the process may not enter it, or the provider has no clients.
    fn enter(&self) -> io::Result<()>;

    /// The interface there on which all frames of a network pass.
    fn interface(&self, network: &NetworkName) -> String;
}

/// A model of machines, which answers in their place without delay.
pub trait Model: Send + Sync {
    /// Runs a line in the shell of a node.
    ///
    /// # Errors
    /// When the node does not run.
    fn run(&self, node: &NodeName, line: &str) -> Result<Ran, ProviderError>;

    /// Runs a command as a client of a lab.
    fn client(&self, lab: &Lab, command: &[String]) -> Ran;

    /// The cluster, with all changes of the host applied.
    fn cluster(&self, lab: &Lab) -> Cluster;

    /// The deliberate error of the cluster.
    fn planted(&self) -> Vec<Planted>;

    /// Gives the cluster to a drill, which passes changes on to it from then on.
    fn lend(&self, lab: &Lab) -> Cluster;

    /// Takes the cluster of a drill back, after all its pending work.
    ///
    /// # Errors
    /// When it cannot be saved.
    fn take_back(&self, cluster: Cluster) -> Result<(), ProviderError>;
}
