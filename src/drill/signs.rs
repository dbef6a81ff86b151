//! Signs in what nodes say, for steps that wait for them.

use crate::model::drill::Signal;
use crate::record::{Event, Nanos, Stream, What};

/// The signs that were seen so far.
#[derive(Debug, Default)]
pub struct Signs(Vec<(Nanos, Signal)>);

impl Signs {
    /// Takes in an event. What is told of earlier times is no sign.
    pub fn hear(&mut self, event: &Event) {
        if let What::Line { stream, text, backlog: false, .. } = &event.what {
            self.0.extend(sign(*stream, text).map(|sign| (event.t, sign)));
        }
    }

    /// Whether a sign was seen since a time.
    pub fn seen_since(&self, signal: Signal, time: Nanos) -> bool {
        self.0.iter().any(|(at, seen)| *seen == signal && *at >= time)
    }
}

/// What a line is a sign of.
fn sign(stream: Stream, line: &str) -> Option<Signal> {
    match stream {
        // Heartbeat: `WARN: node node1: is dead`.
        Stream::ClusterLog => {
            let (before, _) = line.split_once(": is dead")?;
            before.contains("node ").then_some(Signal::Detected)
        }
        // `change resource name:r0 role:Primary`, `change peer-device name:r0 … replication:SyncSource`.
        Stream::DrbdEvents => {
            let mut words = line.split_whitespace();
            if words.next() != Some("change") {
                return None;
            }
            let of_resource = words.next() == Some("resource");
            words.find_map(|word| match word.split_once(':')? {
                ("role", "Primary") if of_resource => Some(Signal::Promoted),
                ("role", "Secondary") if of_resource => Some(Signal::Demoted),
                ("replication", "SyncSource" | "SyncTarget") => Some(Signal::ResyncStarted),
                ("replication", "Established") => Some(Signal::Resynced),
                _ => None,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_signs() {
        for (stream, line, expected) in [
            (Stream::ClusterLog, "heartbeat: [811]: WARN: node node1: is dead", Some(Signal::Detected)),
            (Stream::ClusterLog, "heartbeat: [811]: info: Link node1:eth1 dead.", None),
            (Stream::DrbdEvents, "change resource name:r0 role:Primary suspended:no", Some(Signal::Promoted)),
            (
                Stream::DrbdEvents,
                "change resource name:r0 role:Secondary suspended:no",
                Some(Signal::Demoted),
            ),
            (Stream::DrbdEvents, "change connection name:r0 role:Primary", None),
            (Stream::DrbdEvents, "exists resource name:r0 role:Primary", None),
            (
                Stream::DrbdEvents,
                "change peer-device name:r0 volume:0 replication:SyncTarget peer-disk:UpToDate",
                Some(Signal::ResyncStarted),
            ),
            (
                Stream::DrbdEvents,
                "change peer-device name:r0 volume:0 replication:Established peer-disk:UpToDate",
                Some(Signal::Resynced),
            ),
        ] {
            assert_eq!(sign(stream, line), expected, "{line}");
        }
    }
}
