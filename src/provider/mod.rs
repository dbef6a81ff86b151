//! Where labs live. Two providers: libvirt on an embedded host, and a simulated host in memory.

#[cfg(feature = "libvirt")]
pub mod libvirt;
pub mod sim;

use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use crate::checkpoint::Platform;
use crate::fault::{Injection, Look, Wanted};
use crate::inventory::Inventory;
use crate::model::NodeName;
use crate::model::spec::DiskId;
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
pub trait Provider: Sync {
    /// The simulated host, if it is one: drills and shells on it are simulated, too.
    fn simulated(&self) -> Option<&sim::Sim> {
        None
    }

    /// What exists of the instance.
    fn inventory(&self) -> Result<Inventory, ProviderError>;

    /// What runs the machines.
    fn platform(&self) -> Result<Platform, ProviderError>;

    /// Puts right what a command that was killed left in hand and no plan can see: a save that had switched machines
    /// off. Says what it did; none when there was nothing.
    fn settle(&self, _context: &Context<'_>) -> Result<Option<String>, ProviderError> {
        Ok(None)
    }

    /// Makes one change. Doing it twice equals doing it once.
    fn perform(&self, action: &Action, context: &Context<'_>) -> Result<(), ProviderError>;

    /// Switches a machine's power, as a fault or to heal one. Returns once it has happened.
    fn power(&self, node: &NodeName, power: Power) -> Result<(), ProviderError>;

    /// Compares the first so many bytes of several machines' disks while none of these machines runs, and says where the
    /// first difference is; none if they are equal. The machines stand still for it and go on afterwards, on time.
    fn compare_disks(
        &self,
        disks: &[DiskId],
        bytes: u64,
        cancel: &AtomicBool,
    ) -> Result<Option<u64>, ProviderError>;

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

    /// The last lines of a machine's console, at most `lines`.
    fn console_tail(&self, node: &NodeName, lines: usize) -> Result<String, ProviderError>;
}
