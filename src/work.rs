//! The context and the errors of actions on the host, shared by the providers and their parts.

use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use crate::model::NodeName;

/// Progress of a long action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// A number of bytes; the total may be unknown.
    Bytes {
        /// Done.
        done: u64,
        /// The total.
        total: Option<u64>,
    },
    /// The current phase: `installing packages`, `kernel started`.
    Phase(String),
    /// Something that the user should know, said once.
    Warning(String),
}

/// The progress callback and the cancellation of an action.
pub struct Context<'a> {
    /// The progress callback; any thread may call it.
    pub progress: &'a (dyn Fn(Progress) + Sync),
    /// Set when the user cancels: long waits return [`ProviderError::Cancelled`] soon after.
    pub cancel: &'a AtomicBool,
}

/// A failure on the host.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The user cancelled the action.
    #[error("cancelled")]
    Cancelled,
    /// An object has our name but not our mark.
    #[error("{what} exists, but it was not made by halab")]
    Foreign {
        /// The object: `network public`.
        what: String,
    },
    /// The machine lacks something.
    #[error("{what}")]
    Missing {
        /// The missing thing.
        what: String,
        /// How to provide it.
        hint: String,
    },
    /// A wait timed out.
    #[error("{what} took longer than {limit_s} s (it was at: {phase})")]
    TimedOut {
        /// The awaited event.
        what: String,
        /// The limit, in seconds.
        limit_s: u64,
        /// The last phase reported.
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
        /// The last lines of its output.
        output: String,
    },
    /// The host refused an operation.
    #[error("{what}")]
    Host {
        /// The operation.
        what: String,
        /// The host's error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
