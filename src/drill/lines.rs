//! Following what nodes say, over power cuts and reboots.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use super::setup::{Follow, Heard};
use crate::model::{Duty, Lab, NodeName};
use crate::record::{Clock, Event, Stream, What};

/// Between two tries to reach a node.
const PAUSE: Duration = Duration::from_millis(500);

/// How often a pause looks whether it is to stop.
const NAP: Duration = Duration::from_millis(50);

/// More of a line than this is not kept.
const LONGEST: usize = 16 * 1024;

/// What separates what was there before from what is new, in the log of the cluster manager.
const NOW: &str = "halab: now";

/// What separates them in DRBD's events.
const EXISTS: &str = "exists -";

/// The last lines of the log, then the separator, then every new line, none left out and none twice.
const CLUSTER_LOG: &str = "f=/var/log/ha-log; touch $f; n=$(wc -l <$f); head -n $n $f | tail -n 300; \
     echo 'halab: now'; tail -n +$((n + 1)) -F $f 2>/dev/null";

/// All states as they are, the separator, then every change.
const DRBD_EVENTS: &str = "drbdsetup events2";

/// How the lines of a stream begin on their way, and the command that prints them.
fn source(stream: Stream) -> (&'static str, &'static str) {
    match stream {
        Stream::ClusterLog => ("L ", CLUSTER_LOG),
        Stream::DrbdEvents => ("D ", DRBD_EVENTS),
    }
}

/// One command for all streams of a node: to log in is the heaviest part of it for an emulated guest.
fn command(streams: &[Stream]) -> String {
    let mut command = String::new();
    for stream in streams {
        let (begin, print) = source(*stream);
        command += &format!("{{ {print}; }} | sed -u 's/^/{begin}/' &\n");
    }
    command + "wait"
}

/// The nodes of a lab that say something, and their streams, by their stacks.
pub fn streams(lab: &Lab) -> Vec<(&NodeName, Vec<Stream>)> {
    let known = [
        (Duty::Heartbeat, Stream::ClusterLog),
        (Duty::Vrrp, Stream::ClusterLog),
        (Duty::Carp, Stream::ClusterLog),
        (Duty::Corosync, Stream::ClusterLog),
        (Duty::Mirror, Stream::DrbdEvents),
    ];
    let of = |node: &NodeName| {
        let has = |duty: Duty| lab.stacks_on(node).any(|stack| stack.does(duty));
        known.into_iter().filter(|(duty, _)| has(*duty)).map(|(_, stream)| stream).collect::<Vec<_>>()
    };
    let nodes = lab.nodes.iter().map(|node| (&node.name, of(&node.name)));
    nodes.filter(|(_, streams)| !streams.is_empty()).collect()
}

/// Follows the streams of one node.
pub struct Follower<'a> {
    /// The node.
    pub node: &'a NodeName,
    /// Its streams.
    pub streams: Vec<Stream>,
    /// How they are read.
    pub follow: &'a Follow<'a>,
    /// The clock of the drill.
    pub clock: Clock,
    /// Set when it is to stop.
    pub stop: &'a AtomicBool,
    /// Where its events go.
    pub events: Sender<Event>,
}

impl Follower<'_> {
    /// Reads until told to stop, and begins again whenever the connection ends. Call it on a thread of its own.
    pub fn run(self) {
        let command = command(&self.streams);
        // A node that comes back shows lines again that it had shown before it went.
        let mut heard = HashSet::new();
        let mut first = true;
        let mut lost = false;
        while !self.stop.load(Ordering::Relaxed) {
            let mut session = Session { first, old: self.streams.clone(), rest: Vec::new() };
            let mut opened = false;
            let result = (self.follow)(self.node, &command, self.stop, &mut |news| match news {
                Heard::Opened => {
                    opened = true;
                    self.tell(What::StreamOpened { node: self.node.clone() });
                }
                Heard::Bytes(bytes) => {
                    for line in session.feed(bytes) {
                        self.line(&mut session, &line, &mut heard);
                    }
                }
            });
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            if opened || !lost {
                let reason = result.err().map_or_else(|| "it ended".to_owned(), |error| error.to_string());
                self.tell(What::StreamLost { node: self.node.clone(), reason });
            }
            lost = true;
            first &= !opened;
            self.pause();
        }
    }

    fn line(&self, session: &mut Session, line: &str, heard: &mut HashSet<String>) {
        let known =
            self.streams.iter().find_map(|stream| Some((*stream, line.strip_prefix(source(*stream).0)?)));
        let Some((stream, text)) = known else { return };
        let backlog = session.old.contains(&stream);
        let separator = match stream {
            Stream::ClusterLog => NOW,
            Stream::DrbdEvents => EXISTS,
        };
        if backlog && text == separator {
            session.old.retain(|old| *old != stream);
            return;
        }
        if stream == Stream::ClusterLog {
            // What the log said before the drill began is not of this drill.
            let before = session.first && backlog;
            if !heard.insert(text.to_owned()) || before {
                return;
            }
        }
        self.tell(What::Line { node: self.node.clone(), stream, text: text.to_owned(), backlog });
    }

    fn pause(&self) {
        let until = Instant::now() + PAUSE;
        while Instant::now() < until && !self.stop.load(Ordering::Relaxed) {
            std::thread::sleep(NAP);
        }
    }

    fn tell(&self, what: What) {
        // Nobody listens any more only when the drill is over.
        let _ = self.events.send(Event { t: self.clock.now(), what });
    }
}

/// A connection from its opening to its end.
struct Session {
    /// Whether it is the first to its node.
    first: bool,
    /// The streams of which only what was there before has come so far.
    old: Vec<Stream>,
    /// The beginning of a line whose end has not come.
    rest: Vec<u8>,
}

impl Session {
    /// The lines that are whole now.
    fn feed(&mut self, bytes: &[u8]) -> Vec<String> {
        self.rest.extend_from_slice(bytes);
        let end = self.rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let whole: Vec<u8> = self.rest.drain(..end).collect();
        // What has no end is no line of a log, and a node must not fill our memory with it.
        if self.rest.len() > LONGEST {
            self.rest.clear();
        }
        String::from_utf8_lossy(&whole).lines().map(|line| line.chars().take(LONGEST).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_line_without_an_end_is_forgotten() {
        let mut session = Session { first: true, old: Vec::new(), rest: Vec::new() };
        for _ in 0..10 {
            assert!(session.feed(&[b'x'; 10_000]).is_empty());
            assert!(session.rest.len() <= LONGEST);
        }
        let lines = session.feed(b"\nL next\n");
        assert_eq!(lines.last().map(String::as_str), Some("L next"));
        assert!(lines.iter().all(|line| line.len() <= LONGEST));
    }

    #[test]
    fn the_log_is_read_without_a_gap_and_without_a_repeat() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("ha-log");
        fs_err::write(&log, "old 1\nold 2\n").unwrap();
        let command = command(&[Stream::ClusterLog]).replace("/var/log/ha-log", log.to_str().unwrap());
        // In a group of its own, to be ended with all that it started.
        let mut shell =
            Command::new("setsid").args(["sh", "-euc", &command]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(shell.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut file = std::fs::OpenOptions::new().append(true).open(&log).unwrap();
        assert!(lines.by_ref().take(3).eq(["L old 1", "L old 2", "L halab: now"]));
        for number in 0..3 {
            writeln!(file, "new {number}").unwrap();
            assert_eq!(lines.next().unwrap(), format!("L new {number}"));
        }
        let group = format!("-{}", shell.id());
        Command::new("kill").args(["--", &group]).status().unwrap();
        shell.wait().unwrap();
    }
}
