//! Everything that can happen in a drill. One enum for the record, the report and the live display.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Ending, Facts, HolderAnswer, MeasuredRun, Moment, Nanos, PacketRun, ProbeFact, Sample, Stage, StepPhase,
    Stream, StreamRun,
};
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
    /// It is known what became of some packets of one of several streams of a load, one after the other.
    Stream(StreamRun),
    /// A probe tells what only loads of its kind do.
    Fact(ProbeFact),
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
        /// The first byte, from the beginning of the disk, that is not the same on all of them; none if all
        /// are.
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
            Self::Check { source, .. } | Self::Fact(ProbeFact { source, .. }) => *source,
            Self::LoadStarted { .. }
            | Self::LoadEnded { .. }
            | Self::Sample(_)
            | Self::Packets(_)
            | Self::Stream(_)
            | Self::Dropped { .. }
            | Self::Ledger { .. } => Source::Clients,
            Self::Holder { .. } | Self::Announced { .. } | Self::Captured { .. } => Source::Wire,
            Self::Mirror { .. } => Source::Disk,
            Self::Line { .. } | Self::Measured { .. } | Self::Replica { .. } | Self::Inspected { .. } => {
                Source::Told
            }
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
