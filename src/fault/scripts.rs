//! Faults inside guests, as shell scripts: to do it, to prove it, to heal it, and to prove that.
//!
//! Each can run twice. What a script has to remember is in a file under `/run`, which is gone with the power.

use serde::{Deserialize, Serialize};

/// A fault inside a guest. Proofs print what they see, and end with 0 if it is as they say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scripts {
    /// The mechanism, as the record names it: `cgroup.freeze in the guest`.
    pub mechanism: String,
    /// Does it.
    pub inject: String,
    /// Whether it is in force.
    pub proof: String,
    /// Heals it.
    pub heal: String,
    /// Heals what is left of it on the other nodes, after that; none if it leaves nothing there.
    pub heal_others: Option<String>,
    /// Whether it is healed.
    pub healed: String,
    /// Whether it is gone once the node's power was off.
    pub ends_with_power: bool,
}
