//! What a stack is made of, as far as faults can hit it: services of nodes, and paths between them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A service of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Service {
    /// Its systemd unit: `apache2.service`.
    pub unit: String,
    /// What it is to the cluster; none for a service that is just kept available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<ServiceRole>,
}

/// What a service is to a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceRole {
    /// The daemon that decides which node is active.
    ClusterManager,
}

/// A path on which nodes talk to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Path {
    /// The protocol.
    pub protocol: Protocol,
    /// The port; none for a protocol without ports.
    pub port: Option<u16>,
}

/// A protocol that nodes talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// UDP, with a port.
    Udp,
    /// TCP, with a port.
    Tcp,
    /// VRRP or CARP: IP protocol 112, without ports.
    Vrrp,
}

impl Protocol {
    /// Whether it has ports.
    pub fn has_ports(self) -> bool {
        self != Protocol::Vrrp
    }
}
