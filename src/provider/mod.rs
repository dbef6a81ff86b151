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
use crate::plan::{Action, DiskId};

/// What a provider reports while it performs a long action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// So many of so many bytes; the total may be unknown.
    Bytes {
        /// Done.
        done: u64,
        /// In all.
        total: Option<u64>,
    },
    /// What it is at: `installing packages`, `kernel started`.
    Phase(String),
}

/// What an action is performed with.
pub struct Context<'a> {
    /// Told of progress; called from any thread.
    pub progress: &'a (dyn Fn(Progress) + Sync),
    /// Set when the user wants to stop: long waits return [`ProviderError::Cancelled`] soon after.
    pub cancel: &'a AtomicBool,
}

/// How a machine's power is switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Power {
    /// Switch on.
    On,
    /// Cut: memory is gone at once, nothing is flushed by the guest.
    Cut,
}

/// What can go wrong on a host.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The user asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// Something has our name but not our mark.
    #[error("{what} exists, but it was not made by halab")]
    Foreign {
        /// What it is: `network public`.
        what: String,
    },
    /// The machine lacks something.
    #[error("{what}")]
    Missing {
        /// What is missing.
        what: String,
        /// What to do about it.
        hint: String,
    },
    /// A wait ran out.
    #[error("{what} took longer than {limit_s} s (it was at: {phase})")]
    TimedOut {
        /// What was waited for.
        what: String,
        /// The limit, in seconds.
        limit_s: u64,
        /// The last phase that was seen.
        phase: String,
        /// The last lines of the guest's console.
        console: String,
    },
    /// A script in a guest failed.
    #[error("{what} failed on {node} with exit status {status}")]
    Script {
        /// The step or check.
        what: String,
        /// The node.
        node: NodeName,
        /// Its exit status.
        status: i32,
        /// The last lines that it printed.
        output: String,
    },
    /// Anything that the host refused.
    #[error("{what}")]
    Host {
        /// What was tried.
        what: String,
        /// What the host said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A place for one instance of a lab.
pub trait Provider: Sync {
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
