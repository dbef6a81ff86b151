//! The parts of events: stages, requests and their answers, steps, and endings.

use serde::{Deserialize, Serialize};

use super::Nanos;
use crate::model::{LoadName, MacAddress, NodeName, Source};

/// The stages of a drill, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Health checks must pass.
    Steady,
    /// The loads run without faults.
    Baseline,
    /// Nodes are measured.
    Measure,
    /// The rate of a load rises.
    Ramp,
    /// The loads run for the length of the soak, without faults.
    Soak,
    /// The steps.
    Steps,
    /// Waiting for the goals of the settle table.
    Settle,
    /// The loads run for a while without a failure.
    Calm,
    /// The ledger is read, and faults are healed.
    Final,
}

/// What a node sends without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Talk {
    /// Lines of its logs.
    #[default]
    Lines,
    /// ARP answers and announcements.
    Arp,
}

/// Formatted for people, in the plural.
impl std::fmt::Display for Talk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Lines => "lines",
            Self::Arp => "ARP frames",
        })
    }
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Its load.
    pub load: LoadName,
    /// Its index in the load, from 0.
    pub seq: u64,
    /// When it was due.
    pub due: Nanos,
    /// When it was sent; later than due if the generator was held up.
    pub sent: Nanos,
    /// When its outcome was known.
    pub done: Nanos,
    /// Its outcome.
    pub answer: Answer,
    /// The node that claims to have answered: its own word. The holder of the address at that time, which the
    /// record has from the wire, is who answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeName>,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Answer {
    /// The right answer.
    Ok,
    /// The port is closed.
    Refused,
    /// The connection was broken after it was open.
    Reset,
    /// There is no route to the host or network.
    NoRoute,
    /// The connection did not open in time.
    ConnectTimeout,
    /// The connection opened, but the answer was not complete in time.
    Timeout,
    /// The connection was closed before the answer was complete.
    Incomplete,
    /// Another HTTP status than 200.
    Status {
        /// The status.
        code: u16,
    },
    /// The right status without the expected text.
    WrongBody {
        /// The beginning of the body.
        begins: String,
    },
    /// Any other error, in the words of the system.
    Other {
        /// The message.
        message: String,
    },
}

/// A node's answer to a query for the holder of an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderAnswer {
    /// The Ethernet address that it names.
    pub mac: MacAddress,
    /// The node with this Ethernet address; none if it is not a node.
    pub node: Option<NodeName>,
    /// The time of its arrival.
    pub at: Nanos,
}

/// A source of lines on a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stream {
    /// The cluster manager's log.
    ClusterLog,
    /// The events of DRBD.
    DrbdEvents,
}

/// The beginning or end of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum StepPhase {
    /// The call was made.
    Called,
    /// The call returned: the action happened between the two.
    Returned {
        /// What went wrong.
        failure: Option<String>,
        /// The evidence that it happened.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proof: Option<Proof>,
    },
}

/// The evidence that an action on a node took effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Proof {
    /// The mechanism: `nft bridge`. None for an action that only heals.
    pub mechanism: Option<String>,
    /// The observation: `carrier of eth0 0`.
    pub seen: String,
    /// The source of the observation.
    pub source: Source,
}

/// How a drill ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Ending {
    /// It was completed.
    Completed,
    /// It was given up before anything was done, because the lab was not in the steady state: it was not
    /// healthy, or requests failed.
    Unsteady {
        /// Why.
        reason: String,
    },
    /// It was given up, because its result would be inconclusive: an overloaded lab, or a step that could not
    /// be done.
    GivenUp {
        /// Why.
        reason: String,
    },
    /// The user stopped it.
    Cancelled,
    /// A part of this program or of the host failed.
    Failed {
        /// The error.
        reason: String,
    },
}
