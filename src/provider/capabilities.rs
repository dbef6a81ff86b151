//! What a provider can do, so that a caller asks for what it needs and not for who provides it.

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
    /// A console goes on: what is written to it later can be followed.
    pub consoles: bool,
    /// What passes on the networks can be captured.
    pub captures: bool,
    /// To change anything takes root.
    pub root: bool,
}

impl Capabilities {
    /// What the provider of real guests can do.
    pub(super) const GUESTS: Self =
        Self { machines: true, clients: true, shells: true, consoles: true, captures: true, root: true };

    /// What the simulated provider can do.
    pub(super) const SIMULATED: Self = Self {
        machines: false,
        clients: false,
        shells: false,
        consoles: false,
        captures: false,
        root: false,
    };

    /// What providers of a kind can do, before one is opened.
    pub fn of(kind: ProviderKind) -> Self {
        match kind {
            ProviderKind::Libvirt => Self::GUESTS,
            ProviderKind::Sim => Self::SIMULATED,
        }
    }
}
