//! How an instance is, as data: asked of the host, the nodes and the services at the same time.

mod ask;
mod text;

use serde::Serialize;

pub use ask::ask;
pub use text::text;

/// How an instance is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The instance.
    pub instance: String,
    /// Its lab.
    pub lab: String,
    /// One line on what the lab is.
    pub title: String,
    /// What `--set` set.
    pub settings: Vec<String>,
    /// Whether its embedded host lives.
    pub host: bool,
    /// Whether every node runs as the lab wants it and every check is healthy.
    pub healthy: bool,
    /// The nodes.
    pub nodes: Vec<NodeStatus>,
    /// The virtual addresses.
    pub addresses: Vec<AddressStatus>,
    /// The services.
    pub checks: Vec<CheckStatus>,
}

/// How a node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeStatus {
    /// Its name.
    pub node: String,
    /// `running`, `paused`, `frozen` (its process is stopped), `off`, `crashed`, or `absent`.
    pub state: &'static str,
    /// Whether its set-up was finished.
    pub configured: bool,
    /// Its addresses, without that of management.
    pub addresses: Vec<String>,
}

/// Who has a virtual address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AddressStatus {
    /// Its name.
    pub address: String,
    /// The address.
    pub ip: String,
    /// The nodes that have it: one, when all is well. None when no node could be asked.
    pub holders: Option<Vec<String>>,
}

/// How a service is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckStatus {
    /// What is checked.
    pub check: String,
    /// The node that it is about, if it is about one.
    pub node: Option<String>,
    /// Whether it is healthy.
    pub healthy: bool,
    /// Why not.
    pub trouble: Option<String>,
}
