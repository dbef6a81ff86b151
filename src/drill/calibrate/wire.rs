//! A simulated wire whose cuts are known to the microsecond.
//!
//! Packets between the two ends pass through this thread, which drops them during a cut. So this thread
//! decides when a cut begins and ends, on the clock of the probes; the only uncertainty is the thread's own
//! delay, which is measured.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::tunnel::Tunnel;
use crate::probe::scheduling;
use crate::record::{Clock, Nanos, Planted};

/// The longest sleep of the thread, so that a stop is noticed soon.
const NAP: Duration = Duration::from_millis(50);

/// Larger than any packet of the interfaces.
const LARGEST: usize = 2048;

/// A planned cut of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Its beginning.
    pub from: Nanos,
    /// Its end.
    pub to: Nanos,
}

/// Carries packets between the ends until `stop` is set, except during the cuts, which are in order. Returns
/// the cuts that were completed, with the delay of this thread as their uncertainty.
///
/// # Errors
/// An end cannot be read.
pub fn carry(ends: [&Tunnel; 2], cuts: &[Cut], clock: Clock, stop: &AtomicBool) -> io::Result<Vec<Planted>> {
    scheduling::prefer();
    let mut buffer = [0; LARGEST];
    let mut edges = Edges { cuts, begun: false, late: Nanos(0), planted: Vec::new() };
    while !stop.load(Ordering::Relaxed) {
        for (from, to) in [(ends[0], ends[1]), (ends[1], ends[0])] {
            while let Some(packet) = from.read(&mut buffer)? {
                if !edges.is_cut(clock.now()) {
                    to.write(packet);
                }
            }
        }
        edges.is_cut(clock.now());
        let left = edges.next().map_or(NAP, |next| next.since(clock.now()).duration());
        wait(ends, left.min(NAP))?;
    }
    Ok(edges.planted)
}

/// The edges of the cuts, as time passes them.
struct Edges<'a> {
    /// The cuts that are not over.
    cuts: &'a [Cut],
    /// Whether the first of them has begun.
    begun: bool,
    /// The delay with which its beginning was noticed.
    late: Nanos,
    planted: Vec<Planted>,
}

impl Edges<'_> {
    fn next(&self) -> Option<Nanos> {
        self.cuts.first().map(|cut| if self.begun { cut.to } else { cut.from })
    }

    /// Whether the wire is cut at this time. Times must not decrease from call to call.
    fn is_cut(&mut self, now: Nanos) -> bool {
        while let [Cut { from, to }, later @ ..] = self.cuts
            && let Some(edge) = self.next().filter(|edge| *edge <= now)
        {
            self.late = self.late.plus(now.since(edge));
            if self.begun {
                let uncertainty = std::mem::take(&mut self.late);
                self.planted.push(Planted { from: *from, to: *to, uncertainty });
                self.cuts = later;
            }
            self.begun = !self.begun;
        }
        self.begun
    }
}

fn wait(ends: [&Tunnel; 2], longest: Duration) -> io::Result<()> {
    let time = Timespec { tv_sec: 0, tv_nsec: i64::from(longest.subsec_nanos()) };
    let mut files = ends.map(|end| PollFd::new(end.descriptor(), PollFlags::IN));
    match poll(&mut files, Some(&time)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_what_lies_between_its_edges() {
        let cut = |from, to| Cut { from: Nanos(from), to: Nanos(to) };
        let cuts = [cut(10, 20), cut(30, 31)];
        let mut edges = Edges { cuts: &cuts, begun: false, late: Nanos(0), planted: Vec::new() };
        let seen = [9, 12, 19, 23, 29, 40].map(|now| edges.is_cut(Nanos(now)));
        assert_eq!(seen, [false, true, true, false, false, false]);
        let planted = |from, to, late| Planted { from: Nanos(from), to: Nanos(to), uncertainty: Nanos(late) };
        assert_eq!(edges.planted, [planted(10, 20, 2 + 3), planted(30, 31, 10 + 9)]);
        assert_eq!(edges.next(), None);
    }
}
