//! All events of a drill. One enum for the record, the report and the live display.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Ending, Facts, HolderAnswer, MeasuredRun, Moment, Nanos, PacketRun, ProbeFact, Sample, Stage, StepPhase,
    Stream, StreamRun, Talk,
};
use crate::base::nonces::Nonces;
use crate::model::drill::SettleGoal;
use crate::model::fault::Fault;
use crate::model::{AddressName, LoadName, MacAddress, NetworkName, NodeName, Origin, Source, StepName};

/// An event, and when it was observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The time.
    pub t: Nanos,
    /// The event.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum What {
    /// The drill entered this stage.
    Stage {
        /// The stage.
        stage: Stage,
    },
    /// A load started.
    LoadStarted {
        /// The load.
        load: LoadName,
        /// When its first request is due.
        first_due: Nanos,
        /// The number of its first write, if it writes; request *k* writes this plus *k*.
        first_id: Option<u64>,
        /// The key of the nonces of its writes; none if they are plain numbers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nonces: Option<Nonces>,
        /// The scheduling of its thread: `fifo`, or `normal` where the host allows no better.
        scheduling: String,
    },
    /// A request ended.
    Sample(Sample),
    /// The fates of a run of packets of a load.
    Packets(PacketRun),
    /// The fates of a run of packets of one of several streams of a load.
    Stream(StreamRun),
    /// A fact that only loads of one kind report.
    Fact(ProbeFact),
    /// A request was not sent: too many were in flight, or the client's own machine lacked the resources. The
    /// generator did not keep its schedule.
    Dropped {
        /// The load.
        load: LoadName,
        /// Its index in the load, from 0.
        seq: u64,
        /// When it was due.
        due: Nanos,
        /// The reason.
        reason: String,
    },
    /// A load ended.
    LoadEnded {
        /// The load.
        load: LoadName,
        /// The processor time that its thread spent.
        processor: Nanos,
        /// The number of connections that it opened, if it counts them.
        connections: Option<u64>,
    },
    /// The holder of a virtual address was queried on the wire, and all answers were collected.
    Holder {
        /// The address.
        address: AddressName,
        /// The time of the query.
        asked: Nanos,
        /// The answers, with their times.
        answers: Vec<HolderAnswer>,
    },
    /// A node announced on the wire, unsolicited, that it holds a virtual address (gratuitous ARP).
    Announced {
        /// The address.
        address: AddressName,
        /// The sender.
        mac: MacAddress,
        /// The node of the sender; none if it is not a node.
        node: Option<NodeName>,
    },
    /// A line from a node. The time is that of its arrival, so slightly late, and never early.
    Line {
        /// The node.
        node: NodeName,
        /// Its source.
        stream: Stream,
        /// The line.
        text: String,
        /// Whether it arrived right after the stream was opened, so that it may be older than the drill.
        backlog: bool,
    },
    /// The streams of a node are open.
    StreamOpened {
        /// The node.
        node: NodeName,
    },
    /// The streams of a node are closed, or could not be opened.
    StreamLost {
        /// The node.
        node: NodeName,
        /// The reason.
        reason: String,
    },
    /// A node sent too many lines or ARP frames. They are not recorded from now on.
    Flooded {
        /// The node.
        node: NodeName,
        /// How many of them a node may send in a second in the long run.
        per_second: u64,
        /// What it sent.
        #[serde(default)]
        of: Talk,
    },
    /// A step began or ended.
    Step {
        /// The step.
        step: StepName,
        /// The node that it is done to; none if a client does it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<NodeName>,
        /// Its beginning or its end.
        phase: StepPhase,
    },
    /// A step could not be done.
    StepMissed {
        /// The step.
        step: StepName,
        /// The reason: `no node answers for web`.
        reason: String,
    },
    /// A health check passed, failed, or was not answered in time.
    Check {
        /// Its title: `DRBD up to date on both nodes`.
        title: String,
        /// Why it is not healthy; none if it is.
        failure: Option<String>,
        /// The source of the observation: a script runs in a node, an HTTP request is a client's.
        source: Source,
    },
    /// One repetition of a measurement in a node.
    Measured {
        /// The measurement.
        measure: StepName,
        /// The node.
        node: NodeName,
        /// The number of the repetition, from 1.
        run: u32,
        /// The result.
        result: Option<MeasuredRun>,
        /// Why it could not be measured.
        failure: Option<String>,
    },
    /// A step of a ramp began: the following events of the load with this name belong to it.
    RampStep {
        /// The ramp.
        ramp: LoadName,
        /// Requests a second.
        rate: u32,
        /// When the first request is due.
        first_due: Nanos,
    },
    /// A goal of the settle table was reached, or given up.
    Goal {
        /// The goal.
        goal: SettleGoal,
        /// Whether it was reached in time.
        reached: bool,
    },
    /// The content of the ledger at the end.
    Ledger {
        /// The load that wrote it.
        load: LoadName,
        /// The numbers of this drill in it, in the order of the page.
        ids: Vec<u64>,
        /// Why it could not be read.
        failure: Option<String>,
    },
    /// The content of a node's replica at the end.
    Replica {
        /// The node.
        node: NodeName,
        /// A checksum for each part, such as a table, by its name.
        parts: BTreeMap<String, String>,
        /// Why it could not be read.
        failure: Option<String>,
    },
    /// The inspection of a node.
    Inspected {
        /// The node.
        node: NodeName,
        /// Whether it was before the first step or after the last.
        moment: Moment,
        /// The facts; none if the node could not be queried.
        facts: Option<Facts>,
        /// Why it could not be queried.
        failure: Option<String>,
    },
    /// The disks of a DRBD mirror were compared from outside at the end, while their machines were paused.
    Mirror {
        /// The nodes of the disks.
        nodes: Vec<NodeName>,
        /// The offset of the first byte that differs between them; none if they are equal.
        difference: Option<u64>,
        /// Why they could not be compared.
        failure: Option<String>,
    },
    /// The traffic of a network was captured.
    Captured {
        /// The network.
        network: NetworkName,
        /// The file beside the record.
        file: String,
        /// The number of frames in it.
        frames: u64,
        /// The number of frames that the system dropped.
        dropped: u64,
        /// Why not all of them could be written.
        failure: Option<String>,
    },
    /// The effect of a step on a node was healed at the end.
    Healed {
        /// The node.
        node: NodeName,
        /// The fault.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<Fault>,
        /// Why it could not be.
        failure: Option<String>,
    },
    /// The drill is over.
    Ended {
        /// Its ending.
        ending: Ending,
    },
}

impl What {
    /// Whose word it is. A part of an event can be a node's word although the event was seen: the content of
    /// an answer, such as [`Sample::node`](super::Sample::node).
    pub fn origin(&self) -> Origin {
        match self {
            // Both come in answers of nodes: a page, and health checks that run in them.
            Self::Ledger { .. } | Self::Goal { goal: SettleGoal::Redundant, .. } => Origin::Told,
            other => other.source().origin(),
        }
    }

    /// The source of the observation.
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
            | Self::Flooded { .. }
            | Self::Step { .. }
            | Self::StepMissed { .. }
            | Self::RampStep { .. }
            | Self::Goal { .. }
            | Self::Healed { .. }
            | Self::Ended { .. } => Source::Host,
        }
    }
}
