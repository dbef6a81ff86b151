//! What was counted in a drill: requests, writes, holders. Times are nanoseconds on the clock of the record.

use std::collections::BTreeMap;

use serde::Serialize;

use super::analysis::Estimate;
use crate::model::drill::Invariant;
use crate::model::{AddressName, LoadName, MacAddress, NodeName};
use crate::record::Nanos;
use crate::record::Verdict;

/// Response times, counted from the time that each request was due. A request that failed counts as if it had taken
/// the whole time-out, or longer if it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ResponseTimes {
    /// How many.
    pub count: usize,
    /// How many of them failed.
    pub failed: usize,
    /// Half were faster.
    pub p50: Nanos,
    /// All but one in twenty were faster.
    pub p95: Nanos,
    /// All but one in a hundred were faster.
    pub p99: Nanos,
    /// The slowest.
    pub max: Nanos,
}

/// A part of the drill, by the time that requests were due.
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

/// How the clients of one load fared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClientsSummary {
    /// The load.
    pub load: LoadName,
    /// Requests per second.
    pub rate: u32,
    /// After how long a request counts as failed.
    pub timeout: Nanos,
    /// Requests that were due.
    pub offered: usize,
    /// Requests that were answered well.
    pub answered: usize,
    /// Requests that failed, by kind.
    pub failed: BTreeMap<String, usize>,
    /// Response times by part.
    pub response: BTreeMap<Window, ResponseTimes>,
    /// How the generator kept its schedule.
    pub timekeeping: Timekeeping,
}

/// How a generator kept its schedule.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Timekeeping {
    /// Requests that were sent.
    pub sent: usize,
    /// Of those, how many were late by more than half an interval.
    pub late: usize,
    /// The longest that one was late.
    pub longest: Nanos,
    /// When that one was due.
    pub longest_at: Nanos,
    /// Requests that were not sent at all.
    pub dropped: usize,
    /// Why, of the first of them.
    pub drop_reason: Option<String>,
    /// The share of one processor that its thread took; none in records that do not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processor: Option<f64>,
}

/// What one probe saw by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProbeSummary {
    /// The load.
    pub load: LoadName,
    /// Its kind: `ping`, `tcp`, `udp`, `http`.
    pub kind: String,
    /// The node that it asked instead of the virtual address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeName>,
    /// Requests or packets per second.
    pub rate: u32,
    /// Requests or packets that were sent.
    pub sent: usize,
    /// Of those, how many failed or were lost.
    pub failed: usize,
    /// Every time in which it had no answer, however short.
    pub outages: Vec<ProbeOutage>,
    /// What else became of packets, if it sends packets.
    pub packets: Option<PacketTally>,
    /// How many connections it opened, if it keeps them.
    pub connections: Option<u64>,
}

/// A time in which a probe had no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProbeOutage {
    /// When the first failed request was sent.
    pub began: Nanos,
    /// How long.
    pub length: Estimate,
    /// Failed requests, or lost packets.
    pub failed: usize,
    /// The same in the ways of RFC 6414, if it sends packets.
    pub methods: Option<Methods>,
}

/// The length of an outage in the three ways of RFC 6414.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Methods {
    /// Lost packets by the rate at which they were offered (packet-loss-based).
    pub by_loss: Nanos,
    /// All sampling intervals, of two packets each, in which a packet was lost (time-based loss).
    pub by_intervals: Nanos,
    /// From the last answer before to the first one after (timestamp-based); none if there is no such pair.
    pub by_stamps: Option<Nanos>,
    /// They are further apart than two packets.
    pub disagree: bool,
}

/// What became of packets, besides being answered or lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct PacketTally {
    /// Answers that came once more.
    pub duplicates: u64,
    /// Answers that came after that to a later packet.
    pub out_of_order: u64,
    /// Answers that came after their packet was given up.
    pub too_late: u64,
}

impl PacketTally {
    /// Whether there is anything to tell.
    pub fn any(&self) -> bool {
        self.duplicates + self.out_of_order + self.too_late > 0
    }
}

/// What became of the writes of one load.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct WritesSummary {
    /// The load.
    pub load: String,
    /// Writes that were asked for.
    pub attempted: usize,
    /// Writes that were acknowledged.
    pub acknowledged: usize,
    /// Writes that surely never reached a server.
    pub failed: usize,
    /// Writes of unknown outcome: time-outs, broken connections, errors of the server.
    pub unknown: usize,
    /// Of the unknown ones, how many are there.
    pub unknown_present: usize,
    /// Acknowledged, and not there.
    pub lost: Vec<u64>,
    /// The recovery point: how long before the first power cut the oldest of them was acknowledged; none if nothing was
    /// lost of the time before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point: Option<Nanos>,
    /// How many of the lost were acknowledged after the first power cut, by whoever had taken over.
    #[serde(skip_serializing_if = "is_zero")]
    pub lost_after_cut: usize,
    /// Surely never reached a server, and there all the same.
    pub impossible: Vec<u64>,
    /// There, and never asked for.
    pub foreign: Vec<u64>,
    /// There more than once.
    pub duplicated: Vec<u64>,
    /// Why the ledger could not be read.
    pub unread: Option<String>,
}

/// A time in which one node answered for an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HolderSegment {
    /// The node; none if the Ethernet address is nobody's.
    pub node: Option<NodeName>,
    /// Its Ethernet address.
    pub mac: MacAddress,
    /// The first question that it answered.
    pub from: Nanos,
    /// The last question that it answered.
    pub to: Nanos,
}

/// A time in which several nodes answered for an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DoubleHolder {
    /// The first question that several answered.
    pub from: Nanos,
    /// How long.
    pub length: Estimate,
    /// Who answered.
    pub holders: Vec<String>,
}

/// Who held an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HolderSummary {
    /// The address.
    pub address: AddressName,
    /// How often it was asked.
    pub asked: usize,
    /// How many of the questions nobody answered.
    pub unanswered: usize,
    /// Who held it, in order.
    pub segments: Vec<HolderSegment>,
    /// When several did.
    pub doubles: Vec<DoubleHolder>,
}

/// Whether what may never be broken was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InvariantResult {
    /// Which.
    pub invariant: Invariant,
    /// Pass, fail or inconclusive. Where a violation is expected, to be broken is to pass.
    pub verdict: Verdict,
    /// What was seen.
    pub text: String,
    /// Whether the drill expects it to be broken.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub expected_violation: bool,
}

impl InvariantResult {
    /// What became of it, in a word or two.
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
    /// The time that it is of.
    pub period: Nanos,
    /// Of that, the time without service.
    pub down: Nanos,
    /// The share, 0 to 1.
    pub share: f64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}
