//! Signs in the output of nodes, for steps that wait for them.

use std::collections::BTreeMap;

use crate::model::drill::Signal;
use crate::model::log::{self, LogRule, Meaning};
use crate::model::{Lab, NodeName};
use crate::record::{Event, Nanos, Stream, What};

/// The signs that were seen so far.
#[derive(Debug, Default)]
pub struct Signs {
    rules: BTreeMap<NodeName, Vec<LogRule>>,
    seen: Vec<(Nanos, Signal)>,
}

impl Signs {
    /// Starts without signs, for a lab whose stacks define the meaning of lines.
    pub fn new(lab: &Lab) -> Self {
        let rules = |node: &NodeName| lab.log_rules(node).cloned().collect();
        let rules = lab.nodes.iter().map(|node| (node.name.clone(), rules(&node.name)));
        Self { rules: rules.collect(), seen: Vec::new() }
    }

    /// Processes an event. Reports of earlier times are not signs.
    pub fn hear(&mut self, event: &Event) {
        let What::Line { node, stream, text, backlog: false } = &event.what else { return };
        let sign = match stream {
            Stream::ClusterLog => log_sign(self.rules.get(node).into_iter().flatten(), text),
            Stream::DrbdEvents => drbd_sign(text),
        };
        self.seen.extend(sign.map(|sign| (event.t, sign)));
    }

    /// Whether a sign was seen since a time.
    pub fn seen_since(&self, signal: Signal, time: Nanos) -> bool {
        self.seen.iter().any(|(at, seen)| *seen == signal && *at >= time)
    }
}

/// The sign that a log line stands for, by the rules of the node's stacks.
fn log_sign<'r>(rules: impl IntoIterator<Item = &'r LogRule>, line: &str) -> Option<Signal> {
    let (meaning, _) = log::meaning(rules, line)?;
    (meaning == Meaning::Detected).then_some(Signal::Detected)
}

/// The sign that an event of DRBD stands for: `change resource name:r0 role:Primary`, `change peer-device
/// name:r0 … replication:SyncSource`.
fn drbd_sign(line: &str) -> Option<Signal> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LogPlace;

    #[test]
    fn lines_are_signs() {
        for (line, expected) in [
            ("change resource name:r0 role:Primary suspended:no", Some(Signal::Promoted)),
            ("change resource name:r0 role:Secondary suspended:no", Some(Signal::Demoted)),
            ("change connection name:r0 role:Primary", None),
            ("exists resource name:r0 role:Primary", None),
            (
                "change peer-device name:r0 volume:0 replication:SyncTarget peer-disk:UpToDate",
                Some(Signal::ResyncStarted),
            ),
            (
                "change peer-device name:r0 volume:0 replication:Established peer-disk:UpToDate",
                Some(Signal::Resynced),
            ),
        ] {
            assert_eq!(drbd_sign(line), expected, "{line}");
        }
        let rule = |pattern: &str, means| LogRule {
            from: LogPlace::Unit("x.service".to_owned()),
            pattern: pattern.parse().unwrap(),
            means,
        };
        let rules = [rule("{peer} is gone", Meaning::Detected), rule("{peer} is late", Meaning::Late)];
        assert_eq!(log_sign(&rules, "n1 is gone"), Some(Signal::Detected));
        assert_eq!(log_sign(&rules, "n1 is late"), None);
        assert_eq!(log_sign(&rules, "n1 is back"), None);
    }
}
