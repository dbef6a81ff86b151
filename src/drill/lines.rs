//! Follows logs and events of nodes, across power cuts and reboots.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use super::setup::{Follow, Heard};
use crate::base::budget::Rate;
use crate::base::shell::quote;
use crate::model::{Duty, Lab, LogPlace, NodeName};
use crate::record::{Clock, Event, Stream, Talk, What};

/// The pause between two attempts to reach a node.
const PAUSE: Duration = Duration::from_millis(500);

/// How often a pause checks for a stop.
const NAP: Duration = Duration::from_millis(50);

/// The longest part of a line that is kept, in bytes.
const LONGEST: usize = 16 * 1024;

/// The number of old lines that are read when a log is opened.
const BACKLOG: usize = 300;

/// How many of the last lines of a node are remembered, so that those that it repeats are known.
const REMEMBERED: usize = 10 * BACKLOG;

/// How many lines a node may send at once, and in a second in the long run. A cluster's busiest log has some
/// dozens in a second.
const LINES: (u64, u64) = (10_000, 500);

/// The same for bytes.
const BYTES: (u64, u64) = (8 << 20, 256 << 10);

/// Separates old lines from new ones in a log.
const NOW: &str = "halab: now";

/// Separates them in DRBD's events.
const EXISTS: &str = "exists -";

/// A source of lines on a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feed {
    /// A log whose meaning a stack declares.
    Log(LogPlace),
    /// The events of DRBD.
    Drbd,
}

impl Feed {
    /// The name of its lines in a record.
    pub fn stream(&self) -> Stream {
        match self {
            Feed::Log(_) => Stream::ClusterLog,
            Feed::Drbd => Stream::DrbdEvents,
        }
    }

    /// The separator between old lines and new ones.
    fn separator(&self) -> &'static str {
        match self {
            Feed::Log(_) => NOW,
            Feed::Drbd => EXISTS,
        }
    }

    /// The command that prints the last lines, the separator, and then every new line exactly once.
    fn print(&self) -> String {
        match self {
            Feed::Log(LogPlace::File(file)) => format!(
                "f={}; touch \"$f\"; n=$(wc -l <\"$f\"); head -n $n \"$f\" | tail -n {BACKLOG}; \
                 echo '{NOW}'; tail -n +$((n + 1)) -F \"$f\" 2>/dev/null",
                quote(file)
            ),
            // The cursor marks the end of the first part and the start of the second. Lines have a time, so
            // no two are equal.
            Feed::Log(LogPlace::Unit(unit)) => format!(
                "u={}; c=$(mktemp -u); \
                 journalctl -q --no-pager -o short-iso-precise -u \"$u\" -n {BACKLOG} --cursor-file=\"$c\"; \
                 echo '{NOW}'; \
                 journalctl -q --no-pager -o short-iso-precise -u \"$u\" -n all -f --cursor-file=\"$c\"",
                quote(unit)
            ),
            Feed::Drbd => "drbdsetup events2".to_owned(),
        }
    }
}

/// The prefix of the lines of the feed at this index.
fn begin(place: usize) -> String {
    format!("{place} ")
}

/// One command for all feeds of a node, because logging in is the most expensive part for an emulated guest.
fn command(feeds: &[Feed]) -> String {
    let print = |(place, feed): (usize, &Feed)| {
        format!("{{ {}; }} | sed -u 's/^/{}/' &\n", feed.print(), begin(place))
    };
    feeds.iter().enumerate().map(print).collect::<String>() + "wait"
}

/// The nodes of a lab with feeds, and their feeds, by their stacks.
pub fn feeds(lab: &Lab) -> Vec<(&NodeName, Vec<Feed>)> {
    let of = |node: &NodeName| {
        let mut found: Vec<Feed> = Vec::new();
        for feed in lab.log_rules(node).map(|rule| Feed::Log(rule.from.clone())) {
            if !found.contains(&feed) {
                found.push(feed);
            }
        }
        found.extend(lab.stacks_on(node).any(|stack| stack.does(Duty::Mirror)).then_some(Feed::Drbd));
        found
    };
    let nodes = lab.nodes.iter().map(|node| (&node.name, of(&node.name)));
    nodes.filter(|(_, feeds)| !feeds.is_empty()).collect()
}

/// Follows the feeds of one node.
pub struct Follower<'a> {
    /// The node.
    pub node: &'a NodeName,
    /// Its feeds.
    pub feeds: Vec<Feed>,
    /// Runs the command that reads them.
    pub follow: &'a Follow<'a>,
    /// The clock of the drill.
    pub clock: Clock,
    /// Set to stop it.
    pub stop: &'a AtomicBool,
    /// The channel for its events.
    pub events: Sender<Event>,
}

impl Follower<'_> {
    /// Reads until `stop` is set, and reconnects whenever the connection ends. Call it on a thread of its
    /// own.
    pub fn run(self) {
        let command = command(&self.feeds);
        // A node that returns repeats lines that it had printed before.
        let mut heard = Recent::default();
        let mut flow = Flow::beginning(Instant::now());
        let mut first = true;
        let mut lost = false;
        while !self.stop.load(Ordering::Relaxed) {
            let mut session = LogSession { first, old: (0..self.feeds.len()).collect(), rest: Vec::new() };
            let mut opened = false;
            let result = (self.follow)(self.node, &command, self.stop, &mut |news| match news {
                Heard::Opened => {
                    opened = true;
                    self.tell(What::StreamOpened { node: self.node.clone() });
                }
                // Nothing of a flood is kept, and the drill ends.
                Heard::Bytes(_) if flow.is_flood => {}
                Heard::Bytes(bytes) if !flow.allows(bytes, Instant::now()) => {
                    self.tell(What::Flooded {
                        node: self.node.clone(),
                        per_second: LINES.1,
                        of: Talk::Lines,
                    });
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

    fn line(&self, session: &mut LogSession, line: &str, heard: &mut Recent) {
        let known = self.feeds.iter().enumerate();
        let known = known.filter_map(|(at, feed)| Some((at, feed, line.strip_prefix(&begin(at))?))).next();
        let Some((at, feed, text)) = known else { return };
        let backlog = session.old.contains(&at);
        if backlog && text == feed.separator() {
            session.old.retain(|old| *old != at);
            return;
        }
        let stream = feed.stream();
        if stream == Stream::ClusterLog {
            // Lines from before the drill do not belong to it.
            let before = session.first && backlog;
            if !heard.is_new(line) || before {
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
        // The receiver is gone only when the drill is over.
        let _ = self.events.send(Event { t: self.clock.now(), what });
    }
}

/// The amount that a node sends.
struct Flow {
    lines: Rate,
    bytes: Rate,
    /// Whether it was too much, once.
    is_flood: bool,
}

impl Flow {
    fn beginning(now: Instant) -> Self {
        let rate = |(burst, per_second)| Rate::new(burst, per_second, now);
        Self { lines: rate(LINES), bytes: rate(BYTES), is_flood: false }
    }

    /// Counts output. Whether it is not too much.
    fn allows(&mut self, bytes: &[u8], now: Instant) -> bool {
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
        self.is_flood |=
            !(self.lines.allows(lines as u64, now) && self.bytes.allows(bytes.len() as u64, now));
        !self.is_flood
    }
}

/// The last lines of a node, by their hashes: lines themselves would take memory of the node's choice.
#[derive(Default)]
struct Recent {
    keys: RandomState,
    known: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Recent {
    /// Whether a line is not among the last ones. It is from now on.
    fn is_new(&mut self, line: &str) -> bool {
        let hash = self.keys.hash_one(line);
        if !self.known.insert(hash) {
            return false;
        }
        self.order.push_back(hash);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

/// A connection, from its opening to its end.
#[derive(Default)]
pub(crate) struct LogSession {
    /// Whether it is the first to its node.
    first: bool,
    /// The indices of the feeds that have sent old lines only so far.
    old: Vec<usize>,
    /// The beginning of an incomplete line.
    rest: Vec<u8>,
}

impl LogSession {
    /// Adds bytes, and returns the lines that are complete.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Vec<String> {
        self.rest.extend_from_slice(bytes);
        let end = self.rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let whole: Vec<u8> = self.rest.drain(..end).collect();
        // Unbounded input is not a log line, and must not exhaust our memory.
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
        let mut session = LogSession { first: true, old: Vec::new(), rest: Vec::new() };
        for _ in 0..10 {
            assert!(session.feed(&[b'x'; 10_000]).is_empty());
            assert!(session.rest.len() <= LONGEST);
        }
        let lines = session.feed(b"\nL next\n");
        assert_eq!(lines.last().map(String::as_str), Some("L next"));
        assert!(lines.iter().all(|line| line.len() <= LONGEST));
    }

    /// Follows a node that prints this again and again until the drill would end; returns the events.
    fn follow(output: &[u8], pause: Duration) -> Vec<What> {
        let (stop, node) = (AtomicBool::new(false), "node1".parse().unwrap());
        let (events, heard) = std::sync::mpsc::channel();
        let follow = |_: &NodeName, _: &str, stop: &AtomicBool, hear: &mut dyn FnMut(Heard<'_>)| {
            hear(Heard::Opened);
            hear(Heard::Bytes(format!("0 {NOW}\n").as_bytes()));
            while !stop.load(Ordering::Relaxed) {
                hear(Heard::Bytes(output));
                std::thread::sleep(pause);
            }
            Ok(())
        };
        let feeds = vec![Feed::Log(LogPlace::File("/var/log/ha-log".to_owned()))];
        let follower =
            Follower { node: &node, feeds, follow: &follow, clock: Clock::start(), stop: &stop, events };
        let mut all = Vec::new();
        std::thread::scope(|scope| {
            scope.spawn(|| follower.run());
            let until = Instant::now() + Duration::from_secs(60);
            while Instant::now() < until && !all.iter().any(|what| matches!(what, What::Flooded { .. })) {
                all.extend(heard.recv_timeout(NAP).ok().map(|event| event.what));
            }
            std::thread::sleep(NAP);
            stop.store(true, Ordering::Relaxed);
        });
        all.extend(heard.try_iter().map(|event| event.what));
        all
    }

    #[test]
    fn a_node_that_talks_without_end_is_recorded_once_and_heard_no_more() {
        let lines: String = (0..1000).map(|number| format!("0 line {number}\n")).collect();
        let endless = vec![b'x'; 1 << 20];
        for output in [lines.as_bytes(), &endless] {
            let all = follow(output, Duration::ZERO);
            let floods = all.iter().filter(|what| matches!(what, What::Flooded { .. })).count();
            assert_eq!(floods, 1);
            assert!(all.len() as u64 <= LINES.0, "{}", all.len());
        }
    }

    #[test]
    fn a_line_is_known_for_a_while() {
        let mut recent = Recent::default();
        assert!(recent.is_new("first") && !recent.is_new("first"));
        for number in 0..2 * REMEMBERED {
            assert!(recent.is_new(&number.to_string()));
        }
        assert_eq!((recent.known.len(), recent.order.len()), (REMEMBERED, REMEMBERED));
        assert!(recent.is_new("first"), "it is forgotten by now");
    }

    #[test]
    fn the_log_is_read_without_a_gap_and_without_a_repeat() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("ha-log");
        fs_err::write(&log, "old 1\nold 2\n").unwrap();
        let command = command(&[Feed::Log(LogPlace::File(log.to_str().unwrap().to_owned()))]);
        // In a process group of its own, to be ended with all its children.
        let mut shell =
            Command::new("setsid").args(["sh", "-euc", &command]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(shell.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut file = std::fs::OpenOptions::new().append(true).open(&log).unwrap();
        assert!(lines.by_ref().take(3).eq(["0 old 1", "0 old 2", "0 halab: now"]));
        for number in 0..3 {
            writeln!(file, "new {number}").unwrap();
            assert_eq!(lines.next().unwrap(), format!("0 new {number}"));
        }
        let group = format!("-{}", shell.id());
        Command::new("kill").args(["--", &group]).status().unwrap();
        shell.wait().unwrap();
    }

    #[test]
    fn the_commands_of_all_sources_are_scripts() {
        let unit = Feed::Log(LogPlace::Unit("corosync.service".to_owned()));
        let file = Feed::Log(LogPlace::File("/var/log/a b".to_owned()));
        let command = command(&[file, unit, Feed::Drbd]);
        assert!(Command::new("sh").args(["-n", "-c", &command]).status().unwrap().success(), "{command}");
        assert_eq!(command.lines().filter(|line| line.ends_with('&')).count(), 3);
    }
}
