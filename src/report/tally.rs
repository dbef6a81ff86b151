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
    /// Nine of ten were faster.
    pub p90: Nanos,
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
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
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
    /// Pass, fail or inconclusive.
    pub verdict: Verdict,
    /// What was seen.
    pub text: String,
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
