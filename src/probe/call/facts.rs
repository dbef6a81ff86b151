//! What telephones tell: calls, and what became of their voice and video.

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

/// What tells the streams of a load of calls apart.
const STREAM: [&str; 3] = ["line", "way", "medium"];

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

/// What became of packets of one stream of a call, sent one after the other. While no call is up nothing is
/// sent.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
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

choice!(Way { There = "there", Back = "back", Around = "around" });

choice!(Medium { Voice = "voice", Video = "video" });

/// What became of a call on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallEvent {
    /// The line that it is on, from 0.
    pub line: u32,
    /// Its number on this line, from 1; before it is up, that of the call before it.
    pub call: u32,
    /// What became of it.
    pub phase: Phase,
}

impl CallEvent {
    /// As an event of a load.
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

    /// Of an event, with the load.
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

/// A stream of a load of calls.
pub type StreamKey = (u32, Medium, Way);

impl MediaRun {
    /// As an event.
    pub fn told(self) -> What {
        let values = [Quantity::from(self.line), self.way.name().into(), self.medium.name().into()];
        What::Stream(StreamRun { stream: columns(&STREAM, values.map(Some)), packets: self.packets })
    }

    /// Of an event: which stream it is, and its packets.
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
