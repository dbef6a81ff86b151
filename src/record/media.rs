//! What telephones do: calls, and what became of their voice and video.

use serde::{Deserialize, Serialize};

use super::{Answer, Nanos, PacketRun};

/// Which way a stream goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// From who called to who was called. Its times are those of one way.
    There,
    /// From who was called to who called. Its times are those of one way.
    Back,
    /// To the exchange and back to who sent it. Its times are those of both ways together.
    Around,
}

/// What a stream carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Medium {
    /// 20 ms of G.711 in each packet.
    Voice,
    /// As much of a picture as its rate wants.
    Video,
}

/// What became of packets of one stream of a call, sent one after the other. While no call is up nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaRun {
    /// The line that the call is on, from 0.
    pub line: u32,
    /// Which way.
    pub way: Way,
    /// What.
    pub medium: Medium,
    /// The packets. Each was answered when it had come to whoever it was for.
    pub packets: PacketRun,
}

/// A moment of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum CallPhase {
    /// It is up: media can be sent.
    Answered {
        /// The time since the phones began to register for it.
        took: Nanos,
    },
    /// An attempt to register or to call came to nothing. Another follows.
    Failed {
        /// What was not done: `REGISTER`, `INVITE`.
        request: String,
        /// What came instead.
        answer: Answer,
    },
    /// It was up, nothing was heard for as long as its users wait, and they hung up.
    Silent,
    /// It was up, and the exchange ended it.
    HungUp,
    /// It was up until the load ended.
    Ended,
}
