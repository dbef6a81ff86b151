//! Faults inside guests, as shell scripts: inject, prove, heal, and prove that it is healed.
//!
//! All scripts are idempotent. They keep state in files under `/run`, which do not survive a power cut.

use serde::{Deserialize, Serialize};

/// A fault inside a guest. The proof scripts print what they observe, and exit with 0 if it is as expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scripts {
    /// The mechanism's name in the record: `cgroup.freeze in the guest`.
    pub mechanism: String,
    /// Injects the fault.
    pub inject: String,
    /// Checks that it is in force.
    pub proof: String,
    /// Heals it.
    pub heal: String,
    /// Heals its effects on the other nodes afterwards; `None` if it has none there.
    pub heal_others: Option<String>,
    /// Checks that it is healed.
    pub healed: String,
    /// Whether it ends when the node's power is cut.
    pub ends_with_power: bool,
}
