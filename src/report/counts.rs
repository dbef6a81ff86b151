//! Counts of a drill: requests, writes, holders. Times are nanoseconds on the record's clock.

use std::collections::BTreeMap;

use serde::Serialize;

use super::analysis::Estimate;
use crate::model::drill::Invariant;
use crate::model::{AddressName, LoadName, MacAddress, NodeName, Origin};
use crate::record::Nanos;
use crate::record::Verdict;

/// Response times, from when each request was due. A failed request counts with the whole time-out, or longer
/// if it took longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ResponseTimes {
    /// The number of requests.
    pub count: usize,
    /// The number of failed requests.
    pub failed: usize,
    /// The median.
    pub p50: Nanos,
    /// The 95th percentile.
    pub p95: Nanos,
    /// The 99th percentile.
    pub p99: Nanos,
    /// The slowest.
    pub max: Nanos,
}

/// A part of the drill, by the due time of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    /// Before the first step.
    Before,
    /// In an outage.
    During,
    /// After the first step, outside of outages.
    After,
}

/// The results of a load's clients.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClientsSummary {
    /// The load.
    pub load: LoadName,
    /// Requests per second.
    pub rate: u32,
    /// The time-out of a request.
    pub timeout: Nanos,
    /// Requests that were due.
    pub offered: usize,
    /// Requests that were answered correctly.
    pub answered: usize,
    /// Requests that failed, by kind.
    pub failed: BTreeMap<String, usize>,
    /// Response times by part.
    pub response: BTreeMap<Window, ResponseTimes>,
    /// How well the generator kept its schedule.
    pub timekeeping: Timekeeping,
}

/// How well a generator kept its schedule.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Timekeeping {
    /// Requests that were sent.
    pub sent: usize,
    /// How many of them were late by more than half an interval.
    pub late: usize,
    /// The largest delay.
    pub longest: Nanos,
    /// When that request was due.
    pub longest_at: Nanos,
    /// Requests that were not sent at all.
    pub dropped: usize,
    /// The reason why the first of them was not sent.
    pub drop_reason: Option<String>,
    /// The share of one processor that its thread used; `None` in records without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processor: Option<f64>,
}

/// The outages that one probe saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProbeSummary {
    /// The load.
    pub load: LoadName,
    /// Its kind: `ping`, `tcp`, `udp`, `http`.
    pub kind: String,
    /// The node that it queried instead of the virtual address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeName>,
    /// Requests or packets per second.
    pub rate: u32,
    /// Requests or packets that were sent.
    pub sent: usize,
    /// How many of them failed or were lost.
    pub failed: usize,
    /// Every outage, however short.
    pub outages: Vec<ProbeOutage>,
    /// Further counts of a stream of packets.
    pub packets: Option<PacketTally>,
    /// The number of connections opened, if it keeps connections.
    pub connections: Option<u64>,
}

/// An outage that a probe saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProbeOutage {
    /// When the first failed request was sent.
    pub began: Nanos,
    /// Its length.
    pub length: Estimate,
    /// Failed requests, or lost packets.
    pub failed: usize,
    /// Its length by the methods of RFC 6414, for a stream of packets.
    pub methods: Option<Methods>,
}

/// The length of an outage by the three methods of RFC 6414.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Methods {
    /// Packet-loss-based: lost packets divided by their rate.
    pub by_loss: Nanos,
    /// Time-based: all sampling intervals, of two packets each, with a lost packet.
    pub by_intervals: Nanos,
    /// Timestamp-based: from the last answer before to the first one after; `None` without such a pair.
    pub by_stamps: Option<Nanos>,
    /// Whether they differ by more than two packets.
    pub disagree: bool,
}

/// Counts of unusual answers in a stream of packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct PacketTally {
    /// Duplicate answers.
    pub duplicates: u64,
    /// Answers that arrived after that to a later packet.
    pub out_of_order: u64,
    /// Answers that arrived after the packet's time-out.
    pub too_late: u64,
}

impl PacketTally {
    /// Whether there were any.
    pub fn any(&self) -> bool {
        self.duplicates + self.out_of_order + self.too_late > 0
    }
}

/// The outcome of the writes of one load.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct WritesSummary {
    /// The load.
    pub load: String,
    /// Writes that were requested.
    pub attempted: usize,
    /// Writes that were acknowledged.
    pub acknowledged: usize,
    /// Writes that certainly never reached a server.
    pub failed: usize,
    /// Writes of unknown outcome: time-outs, broken connections, errors of the server.
    pub unknown: usize,
    /// How many of the unknown ones are present.
    pub unknown_present: usize,
    /// Writes that were acknowledged but are missing.
    pub lost: Vec<u64>,
    /// The recovery point: how long before the first power cut the oldest lost write was acknowledged; `None`
    /// if no write before the cut was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point: Option<Nanos>,
    /// How many of the lost writes were acknowledged after the first power cut, by the node that had taken
    /// over.
    #[serde(skip_serializing_if = "is_zero")]
    pub lost_after_cut: usize,
    /// Writes that certainly never reached a server but are present.
    pub impossible: Vec<u64>,
    /// Numbers that are present but were never requested.
    pub foreign: Vec<u64>,
    /// Numbers that are present more than once.
    pub duplicated: Vec<u64>,
    /// Why the ledger could not be read.
    pub unread: Option<String>,
    /// Whose word the content of the ledger is.
    pub origin: Origin,
}

/// A period in which one node answered for an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HolderSegment {
    /// The node; `None` if the Ethernet address belongs to no node.
    pub node: Option<NodeName>,
    /// Its Ethernet address.
    pub mac: MacAddress,
    /// The first query that it answered.
    pub from: Nanos,
    /// The last query that it answered.
    pub to: Nanos,
}

/// A period in which several nodes answered for an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DoubleHolder {
    /// The first query with several answers.
    pub from: Nanos,
    /// Its length.
    pub length: Estimate,
    /// The nodes that answered.
    pub holders: Vec<String>,
}

/// The holders of an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HolderSummary {
    /// The address.
    pub address: AddressName,
    /// The number of queries.
    pub asked: usize,
    /// The number of queries without an answer.
    pub unanswered: usize,
    /// The holders, in order.
    pub segments: Vec<HolderSegment>,
    /// The periods with several holders.
    pub doubles: Vec<DoubleHolder>,
}

/// The result of an invariant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InvariantResult {
    /// The invariant.
    pub invariant: Invariant,
    /// Pass, fail or inconclusive. If a violation is expected, a violation passes.
    pub verdict: Verdict,
    /// What was observed.
    pub text: String,
    /// Whether the drill expects a violation.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub expected_violation: bool,
    /// Whose word it is.
    pub origin: Origin,
}

impl InvariantResult {
    /// The result in one or two words.
    pub fn word(&self) -> &'static str {
        match (self.verdict, self.expected_violation) {
            (Verdict::Pass, false) | (Verdict::Fail, true) => "holds",
            (Verdict::Pass, true) => "violated, as expected",
            (Verdict::Fail, false) => "violated",
            (Verdict::Inconclusive | Verdict::Error, _) => "unknown",
        }
    }
}

/// The share of time with service.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Availability {
    /// The whole period.
    pub period: Nanos,
    /// The downtime in it.
    pub down: Nanos,
    /// The share, 0 to 1.
    pub share: f64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}
