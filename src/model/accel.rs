//! Whether a user wants guests to run on the processor or to be emulated.

use serde::{Deserialize, Serialize};

/// What a user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// KVM where it really works, else emulation.
    #[default]
    Auto,
    /// KVM, whatever the processor says.
    Kvm,
    /// Emulation.
    Tcg,
}
