//! Facts that telephones report: the state of calls, and the fate of their voice and video packets.

use serde::{Deserialize, Serialize};

use crate::model::choice::choice;
use crate::model::{Choice, LoadName, Source};
use crate::probe::facts::{FactRow, columns};
use crate::record::{Answer, Nanos, PacketRun, Quantity, StreamRun, What};

/// A call began, broke or ended, or could not be made.
pub static CALL: FactRow = FactRow {
    name: "call",
    source: Source::Clients,
    columns: &["line", "call", "phase", "took", "request", "answer"],
};

/// The columns that identify a stream within a load of calls.
const STREAM: [&str; 3] = ["line", "way", "medium"];

/// The direction of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// From the caller to the callee. Its times are one-way.
    There,
    /// From the callee to the caller. Its times are one-way.
    Back,
    /// To the echo at the exchange and back to the sender. Its times are round trips.
    Around,
}

/// The medium of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Medium {
    /// 20 ms of G.711 in each packet.
    Voice,
    /// Packets of video at the rate of the load.
    Video,
}

/// A run of consecutive packets of one stream of a call, with their fates. No packets are sent while no call
/// is up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRun {
    /// The line that the call is on, from 0.
    pub line: u32,
    /// The direction.
    pub way: Way,
    /// The medium.
    pub medium: Medium,
    /// The packets. A packet counts as answered once it has reached its receiver.
    pub packets: PacketRun,
}

/// A state change of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// The call is up: media can be sent.
    Answered {
        /// The time since the phones began to register for it.
        took: Nanos,
    },
    /// An attempt to register or to call failed. Another one follows.
    Failed {
        /// The request that failed: `REGISTER`, `INVITE`.
        request: String,
        /// How it failed.
        answer: Answer,
    },
    /// The call was up, no voice arrived for the time-out of its users, and they hung up.
    Silent,
    /// The call was up, and the exchange ended it.
    HungUp,
    /// The call was up until the load ended.
    Ended,
}

choice!(Way { There = "there", Back = "back", Around = "around" });

choice!(Medium { Voice = "voice", Video = "video" });

/// A state change of the call on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallEvent {
    /// The line of the call, from 0.
    pub line: u32,
    /// Its number on this line, from 1; before it is up, the number of the call before it.
    pub call: u32,
    /// The state change.
    pub phase: Phase,
}

impl CallEvent {
    /// The event for this load.
    pub fn told(self, load: &LoadName) -> What {
        let (phase, took, request, answer) = match self.phase {
            Phase::Answered { took } => ("answered", Some(took), None, None),
            Phase::Failed { request, answer } => ("failed", None, Some(request), Some(answer)),
            Phase::Silent => ("silent", None, None, None),
            Phase::HungUp => ("hung-up", None, None, None),
            Phase::Ended => ("ended", None, None, None),
        };
        let number = |number: u32| Some(Quantity::from(number));
        let (took, request) = (took.map(Quantity::from), request.map(Quantity::from));
        let values = [number(self.line), number(self.call), Some(phase.into()), took, request];
        let [line, call, phase, took, request] = values;
        CALL.told(load, [line, call, phase, took, request, answer.map(Quantity::from)])
    }

    /// Reads it from an event, with its load.
    pub fn read(what: &What) -> Option<(&LoadName, Self)> {
        let (load, columns) = CALL.read(what)?;
        let number = |name: &str| columns.get(name)?.number();
        let phase = match columns.get("phase")?.text()? {
            "answered" => Phase::Answered { took: columns.get("took")?.nanos()? },
            "failed" => {
                let request = columns.get("request")?.text()?.to_owned();
                Phase::Failed { request, answer: columns.get("answer")?.answer()?.clone() }
            }
            "silent" => Phase::Silent,
            "hung-up" => Phase::HungUp,
            "ended" => Phase::Ended,
            _ => return None,
        };
        Some((load, Self { line: number("line")?, call: number("call")?, phase }))
    }
}

/// Identifies a stream within a load of calls.
pub type StreamKey = (u32, Medium, Way);

impl MediaRun {
    /// The event.
    pub fn told(self) -> What {
        let values = [Quantity::from(self.line), self.way.name().into(), self.medium.name().into()];
        What::Stream(StreamRun { stream: columns(&STREAM, values.map(Some)), packets: self.packets })
    }

    /// Reads the stream and its packets from an event.
    pub fn read(what: &What) -> Option<(StreamKey, &PacketRun)> {
        let What::Stream(run) = what else { return None };
        let word = |name: &str| run.stream.get(name)?.text();
        let line = run.stream.get("line")?.number()?;
        Some(((line, word("medium")?.parse().ok()?, word("way")?.parse().ok()?), &run.packets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_read_as_it_was_told() {
        let load: LoadName = "talk".parse().unwrap();
        let request = "REGISTER".to_owned();
        let phases = [
            Phase::Answered { took: Nanos(7) },
            Phase::Failed { request, answer: Answer::Status { code: 404 } },
            Phase::Silent,
            Phase::HungUp,
            Phase::Ended,
        ];
        for phase in phases {
            let event = CallEvent { line: 1, call: 2, phase };
            let what = event.clone().told(&load);
            let text = serde_json::to_string(&what).unwrap();
            let again: What = serde_json::from_str(&text).unwrap();
            assert_eq!(CallEvent::read(&again), Some((&load, event)), "{text}");
        }
    }
}
