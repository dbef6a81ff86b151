//! The source of an observation.

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

choice!(Source { Clients = "clients", Wire = "wire", Host = "host", Disk = "disk", Told = "told" });
