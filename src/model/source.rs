//! Where a fact was seen.

use serde::{Deserialize, Serialize};

use super::choice::choice;

/// Where a fact was seen. All but `told` is seen from outside the nodes, by the host's one clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// By the clients, in what the service answered.
    Clients,
    /// On the wire, between the nodes and the clients.
    Wire,
    /// By the host: what it did itself, and what its kernel, its processes and the consoles of the nodes say.
    Host,
    /// On the disks of the nodes, from outside.
    Disk,
    /// Nowhere: a node said so, and it came a little late.
    Told,
}

choice!(Source { Clients = "clients", Wire = "wire", Host = "host", Disk = "disk", Told = "told" });
