//! Lines of nodes that say how far a takeover is.

use std::collections::BTreeMap;

use serde::Serialize;

use super::index::Line;
use crate::model::NodeName;
use crate::record::{Nanos, Stream};

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum LogEventKind {
    /// The cluster manager takes a peer for dead.
    Detected {
        /// The peer.
        peer: String,
    },
    /// The cluster manager heard a peer later than it should, and did not take it for dead.
    Late {
        /// The peer.
        peer: String,
    },
    /// A node has become the holder: it heard nobody of higher priority for long enough.
    Elected,
    /// The cluster manager begins to take over what a peer had.
    TakeoverBegan,
    /// A resource of ours was started or stopped: `promoted`, `mounted`, `address-up`.
    Mark {
        /// Its name.
        name: String,
    },
    /// DRBD has the same, good data on both disks again.
    InSync,
}

/// A line that says something, of a node, at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent<'a> {
    /// When the line came.
    pub t: Nanos,
    /// The node that it is of.
    pub node: &'a NodeName,
    /// What it says.
    pub kind: LogEventKind,
    /// It may have been written any time before.
    pub earlier: bool,
}

/// How our own lines in the log of the cluster manager begin.
const MARK: &str = "halab: mark ";

/// What a line of the cluster manager's log says, if it says something.
pub fn log_event(line: &str) -> Option<LogEventKind> {
    if let Some((_, rest)) = line.split_once(MARK) {
        return match rest.split_whitespace().next()? {
            // UCARP has no line of its own that could be told from the same one of another time.
            "elected" => Some(LogEventKind::Elected),
            name => Some(LogEventKind::Mark { name: name.to_owned() }),
        };
    }
    // keepalived: `(web) Entering MASTER STATE`
    if line.ends_with(") Entering MASTER STATE") {
        return Some(LogEventKind::Elected);
    }
    // Heartbeat: `WARN: node node1: is dead`, `info: Resources being acquired from node1.`
    if let Some((before, _)) = line.split_once(": is dead") {
        let peer = before.rsplit(' ').next()?.to_owned();
        return before.contains("node ").then_some(LogEventKind::Detected { peer });
    }
    if let Some((_, rest)) = line.split_once("Late heartbeat: Node ") {
        return Some(LogEventKind::Late { peer: rest.split(':').next()?.to_owned() });
    }
    line.contains("Resources being acquired from").then_some(LogEventKind::TakeoverBegan)
}

/// The disks of DRBD as one node sees them.
#[derive(Default)]
struct Disks {
    own: bool,
    peer: bool,
}

impl Disks {
    /// Takes in a line of `drbdsetup events2`, and says whether both disks are good from now on.
    fn hear(&mut self, line: &str) -> bool {
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

/// All log_events in the lines of a record, in the order of their times.
pub fn log_events<'a>(lines: &[Line<'a>]) -> Vec<LogEvent<'a>> {
    let mut disks: BTreeMap<&NodeName, Disks> = BTreeMap::new();
    let mut found = Vec::new();
    for line in lines {
        let kind = match line.stream {
            Stream::ClusterLog => log_event(line.text),
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

    #[test]
    fn lines_of_the_cluster_log() {
        let detected = |peer: &str| Some(LogEventKind::Detected { peer: peer.to_owned() });
        for (line, kind) in [
            ("Nov 21 03:33:28 node2 heartbeat: [811]: WARN: node node1: is dead", detected("node1")),
            ("node2 heartbeat: [811]: info: Link node1:eth1 dead.", None),
            (
                "node2 heartbeat: [811]: WARN: Late heartbeat: Node node1: interval 970 ms",
                Some(LogEventKind::Late { peer: "node1".to_owned() }),
            ),
            (
                "node2 heartbeat: [811]: info: Resources being acquired from node1.",
                Some(LogEventKind::TakeoverBegan),
            ),
            (
                "halab: mark address-up node=node2 uptime=71.20",
                Some(LogEventKind::Mark { name: "address-up".to_owned() }),
            ),
            ("halab: mark elected node=node2 uptime=71.20", Some(LogEventKind::Elected)),
            ("halab: mark ", None),
            ("Sat Nov 21 12:22:03 2026: (web) Receive advertisement timeout", None),
            ("Sat Nov 21 12:22:03 2026: (web) Entering MASTER STATE", Some(LogEventKind::Elected)),
            ("Sat Nov 21 12:22:08 2026: (web) Entering BACKUP STATE", None),
        ] {
            assert_eq!(log_event(line), kind, "{line}");
        }
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
