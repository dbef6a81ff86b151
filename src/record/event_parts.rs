//! What the events of a drill are made of: stages, requests and their answers, steps, and how a drill ends.

use serde::{Deserialize, Serialize};

use super::Nanos;
use crate::model::{LoadName, MacAddress, NodeName, Source};

/// The stages of a drill, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Health checks must hold.
    Steady,
    /// The loads run, nothing is done to the lab yet.
    Baseline,
    /// Nodes measure what they are to.
    Measure,
    /// Something is asked more and more often.
    Ramp,
    /// The loads go on for as long as the soak is, and nothing is done to the lab at all.
    Soak,
    /// The steps.
    Steps,
    /// The goals of the settle table are waited for.
    Settle,
    /// The loads go on for a while without a failure.
    Calm,
    /// The ledger is read, and what was cut is switched on.
    Final,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The load that it belongs to.
    pub load: LoadName,
    /// Its place in the load, from 0.
    pub seq: u64,
    /// When it was due.
    pub due: Nanos,
    /// When it was sent; later than due when the generator was held up.
    pub sent: Nanos,
    /// When its outcome was known.
    pub done: Nanos,
    /// Its outcome.
    pub answer: Answer,
    /// The node that says it answered.
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
    /// The host or network cannot be reached.
    NoRoute,
    /// The connection did not open in time.
    ConnectTimeout,
    /// The connection opened, and the whole answer did not come in time.
    Timeout,
    /// The connection was closed before the whole answer had come.
    Incomplete,
    /// Another HTTP status than 200.
    Status {
        /// Which.
        code: u16,
    },
    /// The right status, and not the text that was expected.
    WrongBody {
        /// The beginning of what came instead.
        begins: String,
    },
    /// Anything else, as the system says it.
    Other {
        /// What it says.
        message: String,
    },
}

/// A node's answer to the question who holds an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderAnswer {
    /// The Ethernet address that it names.
    pub mac: MacAddress,
    /// The node with this Ethernet address; none if it is nobody's.
    pub node: Option<NodeName>,
    /// When it came.
    pub at: Nanos,
}

/// Where a node's lines come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stream {
    /// The cluster manager's log.
    ClusterLog,
    /// DRBD's own events.
    DrbdEvents,
}

/// The beginning or end of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum StepPhase {
    /// The call was made.
    Called,
    /// The call returned: it happened between the two.
    Returned {
        /// What went wrong.
        failure: Option<String>,
        /// What shows that it happened.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proof: Option<Proof>,
    },
}

/// What shows that something was done to a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Proof {
    /// By which mechanism it was done: `nft bridge`. None for what only heals.
    pub mechanism: Option<String>,
    /// What was seen: `carrier of eth0 0`.
    pub seen: String,
    /// Where it was seen.
    pub source: Source,
}

/// How a drill ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Ending {
    /// All of it was done.
    Completed,
    /// It was given up, because its result could mean nothing: no steady state, a step that could not be
    /// done.
    GivenUp {
        /// Why.
        reason: String,
    },
    /// The user stopped it.
    Cancelled,
    /// Something of ours or of the host failed.
    Failed {
        /// What.
        reason: String,
    },
}
