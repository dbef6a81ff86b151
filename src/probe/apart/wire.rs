//! The messages between the process of a load and its starter: one line of JSON each.

use std::net::Ipv4Addr;
use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::nonces::Nonces;
use crate::model::LoadName;
use crate::model::drill::Load;
use crate::record::{Event, Nanos, ProbeFact, What};

/// What a process does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Job {
    /// It runs a load.
    Load(Box<Run>),
    /// It reads the writes of a load back.
    Ledger(Ledger),
    /// It runs a script as a client.
    Script(String),
}

/// A page that lists writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// The address to query.
    pub ip: Ipv4Addr,
    /// The port.
    pub port: u16,
    /// The path of the page.
    pub page: String,
    /// The numbers of the writes in question.
    pub numbers: Range<u64>,
    /// Their nonces; none if they are plain numbers.
    pub nonces: Option<Nonces>,
    /// The time limit.
    pub limit: Duration,
}

/// A load to be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its definition.
    pub load: Load,
    /// The address that it queries.
    pub ip: Ipv4Addr,
    /// When its first request is due.
    pub first_due: Nanos,
    /// The number of its first write.
    pub first_id: u64,
    /// The nonces of its writes.
    pub nonces: Option<Nonces>,
    /// The start of the drill's clock ([`Clock::origin`](crate::record::Clock::origin)).
    pub origin: u64,
}

/// How a script ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptEnded {
    /// Its exit status; 1 if a signal ended it.
    pub status: i32,
    /// The end of what it printed, its errors after its output.
    pub output: String,
}

/// What the process of a load says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Said {
    /// Something was observed.
    Event(Event),
    /// The page lists these writes.
    Ids(Vec<u64>),
    /// The script has ended.
    Ended(ScriptEnded),
}

/// Whether the process of a load may report this: one that was taken over must not speak for anything else.
pub fn is_of(load: &LoadName, what: &What) -> bool {
    let own = match what {
        What::LoadStarted { load, .. } | What::Dropped { load, .. } | What::LoadEnded { load, .. } => load,
        What::Sample(sample) => &sample.load,
        What::Packets(run) => &run.load,
        What::Stream(stream) => &stream.packets.load,
        What::Fact(ProbeFact { load, .. }) => load,
        _ => return false,
    };
    own == load
}
