//! Parts of stacks that other modules refer to: services and paths, which faults can hit, and duties, which
//! drills depend on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A duty of a stack that drills depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Duty {
    /// Moves its virtual address (a parameter of kind `address`) with Heartbeat, configured by `keepalive`
    /// and `deadtime`.
    Heartbeat,
    /// Moves its virtual address with VRRP, configured by `advert`.
    Vrrp,
    /// Moves its virtual address with CARP, configured by `advbase`, `advskew`, `backup-advskew` and
    /// `deadratio`.
    Carp,
    /// Moves its virtual address with a resource manager on Corosync, configured by `token` and
    /// `token-coefficient`.
    Corosync,
    /// Assigns its virtual address to one node permanently.
    Fixed,
    /// Mirrors its disk (a parameter of kind `disk`) between its nodes with DRBD.
    Mirror,
    /// Keeps copies of data on its nodes, with a program in `/usr/local/lib/halab/replicas/` that prints a
    /// checksum for each part.
    Copies,
    /// Passes on packets of others, or answers for others: a router, a director, a server behind one. Its
    /// nodes may send IPv4 packets from any address. Other nodes may send from their own addresses only.
    Route,
}

impl Duty {
    /// The parameters that the duty requires.
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Heartbeat => &["keepalive", "deadtime"],
            Self::Vrrp => &["advert"],
            Self::Carp => &["advbase", "advskew", "backup-advskew", "deadratio"],
            Self::Corosync => &["token", "token-coefficient"],
            Self::Fixed | Self::Mirror | Self::Copies | Self::Route => &[],
        }
    }

    /// The duty of a stack in descriptions written before stacks declared duties.
    pub fn formerly(stack: &str) -> Option<Self> {
        match stack {
            "heartbeat" => Some(Self::Heartbeat),
            "keepalived" => Some(Self::Vrrp),
            "ucarp" => Some(Self::Carp),
            "drbd" => Some(Self::Mirror),
            "mariadb-masters" | "filesync" => Some(Self::Copies),
            "router" => Some(Self::Route),
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
    #[schemars(regex(pattern = super::word::UNIT_PATTERN))]
    pub unit: String,
    /// Its role in the cluster; `None` for a service that is only kept available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<ServiceRole>,
}

/// The role of a service in a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceRole {
    /// The daemon that decides which node is active.
    ClusterManager,
}

/// A path between nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Path {
    /// The protocol.
    pub protocol: Protocol,
    /// The port; none for a protocol without ports.
    pub port: Option<u16>,
}

/// A protocol between nodes.
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
