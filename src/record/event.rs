//! Everything that can happen in a drill. One enum for the record, the report and the live display.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CallPhase, Facts, LoginPhase, MeasuredRun, MediaRun, Moment, Nanos, PacketRun};
use crate::model::drill::SettleGoal;
use crate::model::fault::Fault;
use crate::model::{AddressName, LoadName, MacAddress, NetworkName, NodeName, Source, StepName};

/// Something that happened, and when it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub t: Nanos,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum What {
    /// The drill entered this stage.
    Stage {
        /// Which.
        stage: Stage,
    },
    /// A load began.
    LoadStarted {
        /// Which.
        load: LoadName,
        /// When its first request is due.
        first_due: Nanos,
        /// The number of its first write, if it writes; request *k* writes this plus *k*.
        first_id: Option<u64>,
        /// How its thread is scheduled: `fifo`, or `normal` where the host allows no better.
        scheduling: String,
    },
    /// A request ended.
    Sample(Sample),
    /// It is known what became of some packets of a load, one after the other.
    Packets(PacketRun),
    /// It is known what became of some packets of a call, one after the other.
    Media(MediaRun),
    /// A call of a load began, broke or ended.
    Call {
        /// The load.
        load: LoadName,
        /// The line that it is on, from 0.
        line: u32,
        /// Its number on this line, from 1; before it is up, that of the call before it.
        call: u32,
        /// What became of it.
        phase: CallPhase,
    },
    /// An account of a load logged in, or lost its connection.
    Login {
        /// The load.
        load: LoadName,
        /// The account.
        account: String,
        /// What became of it.
        phase: LoginPhase,
    },
    /// A page told how long something took.
    Told {
        /// The load that asks it.
        load: LoadName,
        /// When the request was due.
        due: Nanos,
        /// At least so long.
        low: Nanos,
        /// At most so long.
        high: Nanos,
    },
    /// A request was not sent: too many were under way, or the client's own machine had no means for it. The
    /// generator did not keep what it promised.
    Dropped {
        /// The load.
        load: LoadName,
        /// Its place in the load, from 0.
        seq: u64,
        /// When it was due.
        due: Nanos,
        /// Why.
        reason: String,
    },
    /// A load ended.
    LoadEnded {
        /// Which.
        load: LoadName,
        /// The processor time that its thread spent.
        processor: Nanos,
        /// How many connections it opened, if it keeps them.
        connections: Option<u64>,
    },
    /// It was asked on the wire who holds a virtual address, and all answers to that were collected.
    Holder {
        /// The address.
        address: AddressName,
        /// When it was asked.
        asked: Nanos,
        /// Who answered, and when.
        answers: Vec<HolderAnswer>,
    },
    /// A node told everybody on the wire, unasked, that it holds a virtual address (gratuitous ARP).
    Announced {
        /// The address.
        address: AddressName,
        /// The sender.
        mac: MacAddress,
        /// The node that the sender is; none if it is nobody's.
        node: Option<NodeName>,
    },
    /// A node said something. The time is that of its arrival, so a little late, and never early.
    Line {
        /// The node.
        node: NodeName,
        /// Where it said it.
        stream: Stream,
        /// The line.
        text: String,
        /// Whether it came right after the stream was opened, so that it may be of any time before.
        backlog: bool,
    },
    /// What a node says is being read.
    StreamOpened {
        /// The node.
        node: NodeName,
    },
    /// What a node says is no longer read, or could not be from the beginning.
    StreamLost {
        /// The node.
        node: NodeName,
        /// Why.
        reason: String,
    },
    /// A step began or ended.
    Step {
        /// Which.
        step: StepName,
        /// The node that it is done to.
        node: NodeName,
        /// Its beginning or its end.
        phase: StepPhase,
    },
    /// A step could not be done.
    StepMissed {
        /// Which.
        step: StepName,
        /// Why: `nobody answers for web`.
        reason: String,
    },
    /// A health check was seen healthy, or failed, or was not in time.
    Check {
        /// What it checks: `DRBD up to date on both nodes`.
        title: String,
        /// Why it is not healthy; none if it is.
        failure: Option<String>,
        /// Where that was seen: a script in a node tells it, an HTTP request is a client's.
        source: Source,
    },
    /// A node measured something once.
    Measured {
        /// What.
        measure: StepName,
        /// The node.
        node: NodeName,
        /// Which repeat it is, from 1.
        run: u32,
        /// What it took.
        result: Option<MeasuredRun>,
        /// Why it could not be measured.
        failure: Option<String>,
    },
    /// A step of a ramp began: what follows of the load of this name is its.
    RampStep {
        /// Which ramp.
        ramp: LoadName,
        /// Requests a second.
        rate: u32,
        /// When the first request is due.
        first_due: Nanos,
    },
    /// A goal of the settle table was reached, or given up.
    Goal {
        /// Which.
        goal: SettleGoal,
        /// Whether it was reached in time.
        reached: bool,
    },
    /// What the ledger holds at the end.
    Ledger {
        /// The load that wrote it.
        load: LoadName,
        /// The numbers of this drill that are there, in the order of the page.
        ids: Vec<u64>,
        /// Why it could not be read.
        failure: Option<String>,
    },
    /// What a node's copy of the data holds at the end.
    Replica {
        /// The node.
        node: NodeName,
        /// A sum for each part of it, a table say, by its name.
        parts: BTreeMap<String, String>,
        /// Why it could not be read.
        failure: Option<String>,
    },
    /// What a node said when it was looked at.
    Inspected {
        /// The node.
        node: NodeName,
        /// Whether nothing had been done to the lab yet, or everything.
        moment: Moment,
        /// What it said; none when it could not be asked.
        facts: Option<Facts>,
        /// Why it could not be asked.
        failure: Option<String>,
    },
    /// The disks of a DRBD mirror were compared from outside at the end, while their machines stood still.
    Mirror {
        /// The nodes that have one each.
        nodes: Vec<NodeName>,
        /// The first byte, from the beginning of the disk, that is not the same on all of them; none if all are.
        difference: Option<u64>,
        /// Why they could not be compared.
        failure: Option<String>,
    },
    /// What passed on a network was written down.
    Captured {
        /// The network.
        network: NetworkName,
        /// The file beside the record.
        file: String,
        /// How many frames are in it.
        frames: u64,
        /// How many the system had no room for.
        dropped: u64,
        /// Why not all of them could be written.
        failure: Option<String>,
    },
    /// What a step had done to a node was healed on the way out.
    Healed {
        /// The node.
        node: NodeName,
        /// What had been done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<Fault>,
        /// Why it could not be.
        failure: Option<String>,
    },
    /// The drill is over.
    Ended {
        /// How.
        ending: Ending,
    },
}

impl What {
    /// Where it was seen.
    pub fn source(&self) -> Source {
        match self {
            Self::Check { source, .. } => *source,
            Self::LoadStarted { .. }
            | Self::LoadEnded { .. }
            | Self::Sample(_)
            | Self::Packets(_)
            | Self::Media(_)
            | Self::Call { .. }
            | Self::Login { .. }
            | Self::Dropped { .. }
            | Self::Ledger { .. } => Source::Clients,
            Self::Holder { .. } | Self::Announced { .. } | Self::Captured { .. } => Source::Wire,
            Self::Mirror { .. } => Source::Disk,
            Self::Told { .. }
            | Self::Line { .. }
            | Self::Measured { .. }
            | Self::Replica { .. }
            | Self::Inspected { .. } => Source::Told,
            Self::Stage { .. }
            | Self::StreamOpened { .. }
            | Self::StreamLost { .. }
            | Self::Step { .. }
            | Self::StepMissed { .. }
            | Self::RampStep { .. }
            | Self::Goal { .. }
            | Self::Healed { .. }
            | Self::Ended { .. } => Source::Host,
        }
    }
}

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
    /// It was given up, because its result could mean nothing: no steady state, a step that could not be done.
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
