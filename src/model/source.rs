//! The source of an observation, and whose word it is.

use serde::{Deserialize, Serialize};

use super::choice::choice;

/// The source of an observation. All but `told` are outside the nodes and use the host's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Responses that clients received.
    Clients,
    /// Traffic between the nodes and the clients.
    Wire,
    /// The host: its own actions, its kernel, its processes, and the consoles of the nodes.
    Host,
    /// The disks of the nodes, read from outside.
    Disk,
    /// A node's own report, which arrives slightly late.
    Told,
}

/// Whose word an observation is. A hostile node can tell anything, so what only nodes tell never gives a
/// mark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The host's, from outside of the nodes.
    #[default]
    Seen,
    /// A node's own.
    Told,
}

impl Source {
    /// Whose word it is.
    pub fn origin(self) -> Origin {
        match self {
            Self::Clients | Self::Wire | Self::Host | Self::Disk => Origin::Seen,
            Self::Told => Origin::Told,
        }
    }
}

choice!(Origin { Seen = "seen", Told = "told" });
choice!(Source { Clients = "clients", Wire = "wire", Host = "host", Disk = "disk", Told = "told" });
