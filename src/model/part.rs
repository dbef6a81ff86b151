//! What a stack is made of, as far as faults can hit it, services of nodes and paths between them; and what it does that
//! drills have to know of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a stack does that drills have to know of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Duty {
    /// It moves its virtual address (a parameter of kind `address`) by Heartbeat, which the parameters `keepalive` and
    /// `deadtime` set.
    Heartbeat,
    /// It moves its virtual address by VRRP, which the parameter `advert` sets.
    Vrrp,
    /// It moves its virtual address by CARP, which the parameters `advbase`, `advskew`, `backup-advskew` and `deadratio` set.
    Carp,
    /// It moves its virtual address by a resource manager on top of Corosync, which the parameters `token` and
    /// `token-coefficient` set.
    Corosync,
    /// It gives its virtual address to one node, which keeps it.
    Fixed,
    /// It mirrors its disk (a parameter of kind `disk`) between its nodes with DRBD.
    Mirror,
    /// It keeps copies of data on its nodes, and a program in `/usr/local/lib/halab/replicas/` that prints a sum for each part.
    Copies,
}

impl Duty {
    /// The parameters that it takes.
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Heartbeat => &["keepalive", "deadtime"],
            Self::Vrrp => &["advert"],
            Self::Carp => &["advbase", "advskew", "backup-advskew", "deadratio"],
            Self::Corosync => &["token", "token-coefficient"],
            Self::Fixed | Self::Mirror | Self::Copies => &[],
        }
    }

    /// The duty of a stack in what was written before stacks said so: these had one.
    pub fn formerly(stack: &str) -> Option<Self> {
        match stack {
            "heartbeat" => Some(Self::Heartbeat),
            "keepalived" => Some(Self::Vrrp),
            "ucarp" => Some(Self::Carp),
            "drbd" => Some(Self::Mirror),
            "mariadb-masters" | "filesync" => Some(Self::Copies),
            _ => None,
        }
    }
}

/// A service of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a service")]
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
