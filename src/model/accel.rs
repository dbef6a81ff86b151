//! Whether guests run with KVM or in emulation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The user's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// KVM if a test guest runs on it, else emulation.
    #[default]
    Auto,
    /// KVM, without a test.
    Kvm,
    /// Emulation.
    Tcg,
}
