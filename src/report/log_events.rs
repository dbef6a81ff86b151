//! Log lines of nodes that show the progress of a takeover.

use std::collections::BTreeMap;

use serde::Serialize;

use super::index::LogLine;
use crate::model::log::{self, LogRule, Meaning};
use crate::model::{Lab, NodeName};
use crate::record::{Nanos, Stream};

/// The meaning of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum LogEventKind {
    /// The cluster manager declares a peer dead.
    Detected {
        /// The peer.
        peer: String,
    },
    /// A sign of life from a peer was late, but the cluster manager did not declare it dead.
    Late {
        /// The peer.
        peer: String,
    },
    /// A node became the holder: for long enough it received no advertisement of higher priority.
    Elected,
    /// The cluster manager starts to take over a peer's resources.
    TakeoverBegan,
    /// A resource was started or stopped: `promoted`, `mounted`, `address-up`.
    Mark {
        /// Its name.
        name: String,
    },
    /// DRBD has identical, good data on both disks again.
    InSync,
}

/// A meaningful line of a node, with its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent<'a> {
    /// When the line arrived.
    pub t: Nanos,
    /// The node.
    pub node: &'a NodeName,
    /// Its meaning.
    pub kind: LogEventKind,
    /// Whether it may have been written earlier.
    pub earlier: bool,
}

/// The meaning of a log line by the rules of the node's stacks, if it has one.
pub(crate) fn log_event<'r>(
    rules: impl IntoIterator<Item = &'r LogRule>,
    line: &str,
) -> Option<LogEventKind> {
    let (meaning, word) = log::meaning(rules, line)?;
    let word = || word.unwrap_or_default().to_owned();
    Some(match meaning {
        Meaning::Detected => LogEventKind::Detected { peer: word() },
        Meaning::Late => LogEventKind::Late { peer: word() },
        Meaning::Elected => LogEventKind::Elected,
        Meaning::TakeoverStarted => LogEventKind::TakeoverBegan,
        Meaning::AddressUp => LogEventKind::Mark { name: "address-up".to_owned() },
        Meaning::AddressDown => LogEventKind::Mark { name: "address-down".to_owned() },
        Meaning::Mark => LogEventKind::Mark { name: word() },
    })
}

/// The state of DRBD's disks as one node sees them.
#[derive(Default)]
pub(crate) struct Disks {
    own: bool,
    peer: bool,
}

impl Disks {
    /// Processes a line of `drbdsetup events2`; returns whether it makes both disks good.
    pub(crate) fn hear(&mut self, line: &str) -> bool {
        let before = self.own && self.peer;
        for word in line.split_whitespace() {
            match word.split_once(':') {
                Some(("disk", state)) => self.own = state == "UpToDate",
                Some(("peer-disk", state)) => self.peer = state == "UpToDate",
                _ => {}
            }
        }
        !before && self.own && self.peer
    }
}

/// All events in the lines of a record, in the order of their times, by the rules of the record's lab.
pub fn log_events<'a>(lab: &Lab, lines: &[LogLine<'a>]) -> Vec<LogEvent<'a>> {
    let mut disks: BTreeMap<&NodeName, Disks> = BTreeMap::new();
    let mut found = Vec::new();
    for line in lines {
        let kind = match line.stream {
            Stream::ClusterLog => log_event(lab.log_rules(line.node), line.text),
            Stream::DrbdEvents => {
                disks.entry(line.node).or_default().hear(line.text).then_some(LogEventKind::InSync)
            }
        };
        found.extend(kind.map(|kind| LogEvent { t: line.t, node: line.node, kind, earlier: line.backlog }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LogPlace;

    #[test]
    fn a_meaning_is_an_event() {
        let rule = |pattern: &str, means| LogRule {
            from: LogPlace::File("/var/log/x".to_owned()),
            pattern: pattern.parse().unwrap(),
            means,
        };
        let rules = [
            rule("*{peer} is gone", Meaning::Detected),
            rule("got it", Meaning::AddressUp),
            rule("lost it", Meaning::AddressDown),
        ];
        let mark = |name: &str| Some(LogEventKind::Mark { name: name.to_owned() });
        assert_eq!(log_event(&rules, "n1 is gone"), Some(LogEventKind::Detected { peer: "n1".to_owned() }));
        assert_eq!(log_event(&rules, "got it"), mark("address-up"));
        assert_eq!(log_event(&rules, "lost it"), mark("address-down"));
        assert_eq!(log_event(&rules, "n1 is back"), None);
    }

    #[test]
    fn disks_are_in_sync_when_both_become_good() {
        let mut disks = Disks::default();
        let heard = [
            "exists device name:r0 volume:0 minor:0 disk:UpToDate",
            "exists peer-device name:r0 volume:0 replication:Established peer-disk:UpToDate",
            "change peer-device name:r0 volume:0 replication:Off peer-disk:DUnknown",
            "change peer-device name:r0 volume:0 replication:SyncSource peer-disk:Inconsistent",
            "change resource name:r0 role:Primary suspended:no",
            "change peer-device name:r0 volume:0 replication:Established peer-disk:UpToDate",
            "change peer-device name:r0 volume:0 peer-disk:UpToDate",
        ];
        assert_eq!(heard.map(|line| disks.hear(line)), [false, true, false, false, false, true, false]);
    }
}
