//! Limits on reading from a source that is not trusted: bytes, time, and the user's wish to stop.
//!
//! A source that sends without pause never lets a reader wait, so a limit that is checked while waiting is
//! none. A [`Budget`] is charged at each read.

use std::fmt;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// The largest piece that is read at once, in bytes.
const PIECE: usize = 16 * 1024;

/// Why reading ended before the source did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Spent {
    /// The user asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// The time limit came first.
    #[error("no answer in time")]
    Time,
    /// The source sent more than this number of bytes.
    #[error("it talks without end: more than {}", Bytes(*.0))]
    Bytes(u64),
}

impl From<Spent> for io::Error {
    fn from(spent: Spent) -> Self {
        match spent {
            Spent::Time => io::ErrorKind::TimedOut.into(),
            spent => io::Error::other(spent),
        }
    }
}

/// A number of bytes as text: `4 MiB`.
#[derive(Debug, Clone, Copy)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes >= 1 << 20 && bytes.is_multiple_of(1 << 20) => write!(f, "{} MiB", bytes >> 20),
            bytes if bytes >= 1 << 10 && bytes.is_multiple_of(1 << 10) => write!(f, "{} KiB", bytes >> 10),
            bytes => write!(f, "{bytes} bytes"),
        }
    }
}

/// The remaining limits of reading one source.
#[derive(Debug, Clone, Copy)]
pub struct Budget<'a> {
    most: u64,
    read: u64,
    until: Instant,
    cancel: &'a AtomicBool,
}

impl<'a> Budget<'a> {
    /// At most this number of bytes, until this moment, and until the flag is set.
    pub fn new(most: u64, until: Instant, cancel: &'a AtomicBool) -> Self {
        Self { most, read: 0, until, cancel }
    }

    /// Counts bytes that were read, and checks all limits. Call it after each read, also after one that
    /// brought nothing.
    ///
    /// # Errors
    /// Once a limit is reached.
    pub fn charge(&mut self, bytes: usize) -> Result<(), Spent> {
        self.read = self.read.saturating_add(bytes as u64);
        if self.cancel.load(Ordering::Relaxed) {
            return Err(Spent::Cancelled);
        }
        if self.read > self.most {
            return Err(Spent::Bytes(self.most));
        }
        if Instant::now() >= self.until {
            return Err(Spent::Time);
        }
        Ok(())
    }

    /// Reads a source to its end. One that waits has to return at times, with `WouldBlock` or `TimedOut`, so
    /// that the limits are checked.
    ///
    /// # Errors
    /// When a limit is reached first, or the source fails.
    pub fn read_to_end(mut self, source: &mut impl Read) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        let mut piece = [0; PIECE];
        loop {
            let count = match source.read(&mut piece) {
                Ok(0) => return Ok(all),
                Ok(count) => count,
                Err(error) if is_pause(&error) => 0,
                Err(error) => return Err(error),
            };
            self.charge(count)?;
            all.extend_from_slice(piece.get(..count).unwrap_or_default());
        }
    }
}

fn is_pause(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

/// A rate that a source may exceed for a while, but not for long: a bucket of tokens.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// How many may come at once.
    burst: u64,
    /// How many may come in a second in the long run.
    per_second: u64,
    /// How many may come now.
    left: f64,
    at: Instant,
}

impl Rate {
    /// At most `burst` at once, and `per_second` in the long run.
    pub fn new(burst: u64, per_second: u64, now: Instant) -> Self {
        Self { burst, per_second, left: burst as f64, at: now }
    }

    /// Whether this number may come now; counts it if so.
    pub fn allows(&mut self, count: u64, now: Instant) -> bool {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = self.at.max(now);
        self.left = (self.left + since * self.per_second as f64).min(self.burst as f64);
        let allowed = count as f64 <= self.left;
        if allowed {
            self.left -= count as f64;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    static NEVER: AtomicBool = AtomicBool::new(false);

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[test]
    fn a_source_without_end_is_read_up_to_the_budget() {
        let read =
            |source: &mut dyn Read, most| Budget::new(most, later(), &NEVER).read_to_end(&mut { source });
        assert_eq!(read(&mut [7; 100].as_slice(), 100).unwrap(), [7; 100]);
        let error = read(&mut io::repeat(0), 4 << 20).unwrap_err();
        assert_eq!(error.to_string(), "it talks without end: more than 4 MiB");
    }

    #[test]
    fn time_and_the_users_wish_end_reading_while_bytes_flow() {
        let now = Budget::new(u64::MAX, Instant::now(), &NEVER).read_to_end(&mut io::repeat(0)).unwrap_err();
        assert_eq!(now.kind(), io::ErrorKind::TimedOut);
        let stop = AtomicBool::new(true);
        let stopped = Budget::new(u64::MAX, later(), &stop).read_to_end(&mut io::repeat(0)).unwrap_err();
        assert_eq!(stopped.to_string(), "cancelled");
    }

    #[test]
    fn a_burst_passes_and_a_flood_does_not() {
        let begin = Instant::now();
        let at = |millis| begin + Duration::from_millis(millis);
        let mut rate = Rate::new(100, 10, begin);
        assert!(rate.allows(100, at(0)));
        assert!(!rate.allows(1, at(0)));
        assert!(rate.allows(5, at(500)));
        assert!(!rate.allows(6, at(1000)), "half a second brings five");
        assert!(rate.allows(100, at(60_000)), "a quiet minute fills it again");
        assert!(!rate.allows(1, at(60_000)));
    }

    #[test]
    fn bytes_are_short_to_read() {
        for (bytes, text) in [(4 << 20, "4 MiB"), (64 << 10, "64 KiB"), (1000, "1000 bytes")] {
            assert_eq!(Bytes(bytes).to_string(), text);
        }
    }
}
