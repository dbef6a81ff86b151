//! What an action on the host is performed with, and how it fails: shared by the providers and the parts that they are built of.

use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use crate::model::NodeName;

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
