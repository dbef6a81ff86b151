//! What a provider can do, so that a caller asks for an ability and not for a kind of provider.

use serde::{Deserialize, Serialize};

use crate::instance::ProviderKind;

/// What a provider can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Capabilities {
    /// Machines run. Without them a model answers, and a record says that it is simulated.
    pub machines: bool,
    /// A program of this machine can be a client: a thread or a process can enter the network of the clients.
    pub clients: bool,
    /// Nodes have a shell over SSH.
    pub shells: bool,
    /// The output of a console can be followed.
    pub consoles: bool,
    /// The traffic on the networks can be captured.
    pub captures: bool,
    /// Every change requires root.
    pub root: bool,
}

impl Capabilities {
    /// The capabilities of the provider of real guests.
    pub(super) const GUESTS: Self =
        Self { machines: true, clients: true, shells: true, consoles: true, captures: true, root: true };

    /// The capabilities of the simulated provider.
    pub(super) const SIMULATED: Self = Self {
        machines: false,
        clients: false,
        shells: false,
        consoles: false,
        captures: false,
        root: false,
    };

    /// The capabilities of providers of a kind, before one is opened.
    pub fn of(kind: ProviderKind) -> Self {
        match kind {
            ProviderKind::Libvirt => Self::GUESTS,
            ProviderKind::Sim => Self::SIMULATED,
        }
    }
}
