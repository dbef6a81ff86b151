//! What a rehearsal has shown, and whether this machine carries the class.

use std::time::Duration;

use serde::Serialize;

use super::tally::{Failure, Kind, Row, Tally};
use crate::app::class::MachineRoom;
use crate::base::words::{seconds, several};

/// The part of the memory that has to stay free.
const FREE: u64 = 5;

/// What a rehearsal has shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// With it, students do the same again.
    pub seed: u64,
    /// The number of students.
    pub students: usize,
    /// The exercise that was worked on.
    pub exercise: String,
    /// How long the students worked, in seconds.
    pub length_s: f64,
    /// How many clusters stood.
    pub clusters: usize,
    /// The time until they did, in seconds from the start of the server.
    pub stood_s: f64,
    /// The figures of each kind of action.
    pub actions: Vec<Row>,
    /// What the server took.
    pub server: ServerShare,
    /// The memory of all clusters together, in bytes; none where it is not known, as of simulated ones.
    pub clusters_memory: Option<u64>,
    /// The room that the machine had left.
    pub room: Option<LeastFree>,
    /// The first failures.
    pub failures: Vec<Failure>,
    /// Why the machine does not carry the class; empty if it does.
    pub reasons: Vec<String>,
    /// The limit that was passed first.
    pub first_limit: Option<Passed>,
}

/// What a server took while the students worked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ServerShare {
    /// The share of one processor that the front and the back took, in percent.
    pub processor_percent: f64,
    /// The share of the operations and terminals that it began.
    pub begun_percent: f64,
    /// The most memory of the front and the back, in bytes; what both share counts twice.
    pub resident: u64,
    /// The same, and what they share counts once.
    pub proportional: Option<u64>,
}

/// The room that a machine had left, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct LeastFree {
    /// All of its memory.
    pub memory: u64,
    /// The least memory that was available without swapping.
    pub least_memory: u64,
    /// The least space that was free in the file system of the state folder.
    pub least_disk: u64,
    /// When less than a fifth of the memory was free, in seconds from the start of the server; none if it
    /// never was.
    pub short_at_s: Option<u64>,
}

impl LeastFree {
    /// The room at a moment.
    pub fn at(room: &MachineRoom, at: Duration) -> Self {
        let MachineRoom { memory, memory_free, disk_free } = *room;
        let short = memory_free < memory / FREE;
        Self {
            memory,
            least_memory: memory_free,
            least_disk: disk_free,
            short_at_s: short.then_some(at.as_secs()),
        }
    }

    /// That of an earlier and a later moment.
    pub fn and(self, later: Self) -> Self {
        Self {
            memory: later.memory,
            least_memory: self.least_memory.min(later.least_memory),
            least_disk: self.least_disk.min(later.least_disk),
            short_at_s: self.short_at_s.or(later.short_at_s),
        }
    }
}

/// A limit that was passed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Passed {
    /// Which one.
    pub what: String,
    /// When, in seconds from the start of the server.
    pub at_s: f64,
}

/// The reasons why a machine does not carry a class, and the limit that was passed first.
pub fn judged(tally: &Tally, room: Option<LeastFree>) -> (Vec<String>, Option<Passed>) {
    let (mut reasons, mut passed) = (Vec::new(), Vec::new());
    let rows = tally.rows();
    for row in &rows {
        let (Some(limit), Some(answer)) = (row.what.limit(), row.answer) else { continue };
        let Some(at) = tally.over_limit(row.what) else { continue };
        let what = format!(
            "{}: the p95 is {}, and should be at most {}",
            row.what.words(),
            milliseconds(answer.p95_ms),
            milliseconds(limit.as_secs_f64() * 1000.0)
        );
        passed.push(Passed { what: what.clone(), at_s: at.as_secs_f64() });
        reasons.push(what);
    }
    let failed: usize = rows.iter().map(|row| row.failures).sum();
    if failed > 0 {
        reasons.push(several(failed, "failure"));
    }
    if let Some(first) = tally.failures().first() {
        let what = format!("{} of {}: {}", first.what.words(), first.who, first.why);
        passed.push(Passed { what, at_s: first.at_s });
    }
    if let Some(LeastFree { short_at_s: Some(at), .. }) = room {
        let what = "less than a fifth of the memory was free".to_owned();
        passed.push(Passed { what: what.clone(), at_s: at as f64 });
        reasons.push(what);
    }
    if tally.count(Kind::Key) == 0 {
        reasons.push("no key was echoed".to_owned());
    }
    (reasons, passed.into_iter().min_by(|one, other| one.at_s.total_cmp(&other.at_s)))
}

impl Report {
    /// Whether the machine carries the class.
    pub fn fits(&self) -> bool {
        self.reasons.is_empty()
    }

    /// The verdict in a sentence.
    pub fn sentence(&self) -> String {
        let verb = if self.fits() { "carries" } else { "does not carry" };
        format!("This machine {verb} a class of {}.", several(self.students, "student"))
    }

    /// The limit that was passed first, in a sentence.
    pub fn first(&self) -> Option<String> {
        let first = self.first_limit.as_ref()?;
        let after = seconds(Duration::from_secs_f64(first.at_s.max(0.0)));
        Some(format!("The first limit was passed after {after}: {}.", first.what))
    }
}

/// A duration for people: `12 ms`, `1.3 s`.
pub fn milliseconds(milliseconds: f64) -> String {
    match milliseconds {
        ..10.0 => format!("{milliseconds:.1} ms"),
        ..1000.0 => format!("{milliseconds:.0} ms"),
        _ => seconds(Duration::from_secs_f64(milliseconds / 1000.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::deed::Deed;
    use super::*;

    fn typed(slow: usize) -> Tally {
        let tally = Tally::new();
        (0..40).for_each(|_| tally.answered(Kind::Key, Duration::from_millis(4)));
        (0..slow).for_each(|_| tally.answered(Kind::Key, Duration::from_millis(240)));
        tally
    }

    fn room(memory_free: u64, at: u64) -> LeastFree {
        let room = MachineRoom { memory: 1000, memory_free, disk_free: 5000 - at };
        LeastFree::at(&room, Duration::from_secs(at))
    }

    #[test]
    fn what_passes_no_limit_fits() {
        let least = room(900, 1).and(room(200, 2)).and(room(500, 1));
        assert_eq!((least.least_memory, least.least_disk, least.short_at_s), (200, 4998, None));
        assert_eq!(judged(&typed(1), Some(least)), (Vec::new(), None));
        assert_eq!(judged(&Tally::new(), None).0, ["no key was echoed"]);
    }

    #[test]
    fn the_limit_that_was_passed_first_is_named() {
        let tally = typed(20);
        tally.failed(Kind::Did(Deed::Undo), "s03", "the disk is nearly full");
        let (reasons, first) = judged(&tally, Some(room(199, 7).and(room(500, 9))));
        assert_eq!(
            reasons,
            [
                "key to echo: the p95 is 240 ms, and should be at most 100 ms",
                "1 failure",
                "less than a fifth of the memory was free"
            ]
        );
        assert!(first.unwrap().what.starts_with("key to echo"), "the others came later");
    }

    #[test]
    fn durations_are_short() {
        let all = [0.44, 12.3, 999.4, 1300.0].map(milliseconds);
        assert_eq!(all, ["0.4 ms", "12 ms", "999 ms", "1.3 s"]);
    }
}
