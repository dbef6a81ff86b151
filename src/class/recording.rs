//! Recordings of terminals in an exam, in the format asciicast 2: a line of JSON for the head, and a line for
//! each output and each new size of the window. What is typed is not among them, because of passwords.
//!
//! A file is called `SEAT-NODE-TIMESTAMP.cast`. It can be read while it is written: its last line may lack
//! its end.

use std::io::{self, Write};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::roster::Seat;
use crate::model::NodeName;

/// The most bytes of a recording.
pub const MOST: u64 = 64 << 20;

/// The part of them that is kept for the line that says that a recording was cut.
const KEPT: u64 = 256;

/// The end of the names of files.
const ENDING: &str = ".cast";

/// The first line.
#[derive(Debug, Serialize)]
struct Head<'a> {
    version: u8,
    width: u16,
    height: u16,
    /// When it began, in seconds since 1970.
    timestamp: i64,
    title: &'a str,
}

/// A recording that is being written.
#[derive(Debug)]
pub struct Recording<W> {
    to: W,
    written: u64,
    most: u64,
    /// The bytes of a character whose other bytes have not come yet.
    begun: Vec<u8>,
    /// Whether the most bytes were reached. Later output is left out.
    cut: bool,
}

impl<W: Write> Recording<W> {
    /// Begins a recording of a window with these columns and rows.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(to: W, [width, height]: [u16; 2], at: Timestamp, title: &str) -> io::Result<Self> {
        let mut recording = Self { to, written: 0, most: MOST, begun: Vec::new(), cut: false };
        let head = Head { version: 2, width, height, timestamp: at.as_second(), title };
        recording.line(serde_json::to_string(&head)?)?;
        Ok(recording)
    }

    /// Adds what was printed. Bytes that are no text are replaced; a character in two pieces stays whole.
    ///
    /// # Errors
    /// When it cannot be written; then the recording has to end.
    pub fn output(&mut self, after: Duration, bytes: &[u8]) -> io::Result<()> {
        let mut all = std::mem::take(&mut self.begun);
        all.extend_from_slice(bytes);
        let (text, begun) = decoded(&all);
        self.begun = begun;
        if text.is_empty() { Ok(()) } else { self.event(after, "o", &text) }
    }

    /// Adds a new size of the window.
    ///
    /// # Errors
    /// As [`Self::output`].
    pub fn resize(&mut self, after: Duration, [columns, rows]: [u16; 2]) -> io::Result<()> {
        self.event(after, "r", &format!("{columns}x{rows}"))
    }

    /// Adds the bytes of a character that was not completed. The recording has ended then.
    ///
    /// # Errors
    /// As [`Self::output`].
    pub fn end(mut self, after: Duration) -> io::Result<W> {
        if !self.begun.is_empty() {
            self.event(after, "o", "\u{fffd}")?;
        }
        Ok(self.to)
    }

    /// The number of bytes so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    fn event(&mut self, after: Duration, kind: &str, data: &str) -> io::Result<()> {
        if self.cut {
            return Ok(());
        }
        let seconds = after.as_micros() as f64 / 1e6;
        let line = serde_json::to_string(&(seconds, kind, data))?;
        if self.written + line.len() as u64 + KEPT <= self.most {
            return self.line(line);
        }
        self.cut = true;
        let why = format!("cut here: a recording has at most {} MiB", MOST >> 20);
        self.line(serde_json::to_string(&(seconds, MARKER, why))?)
    }

    fn line(&mut self, mut line: String) -> io::Result<()> {
        line.push('\n');
        self.written += line.len() as u64;
        self.to.write_all(line.as_bytes())
    }
}

/// The kind of the line that says that a recording was cut.
const MARKER: &str = "m";

/// Bytes as text, and the bytes of a last character that is not complete.
fn decoded(bytes: &[u8]) -> (String, Vec<u8>) {
    let mut text = String::with_capacity(bytes.len());
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        text.push_str(chunk.valid());
        let invalid = chunk.invalid();
        let is_begun = || std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
        if chunks.peek().is_none() && is_begun() {
            return (text, invalid.to_vec());
        }
        if !invalid.is_empty() {
            text.push('\u{fffd}');
        }
    }
    (text, Vec::new())
}

/// The name of the file of a recording.
pub fn name_of(seat: Seat, node: &NodeName, at: Timestamp) -> String {
    let moment = at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%S.%3f");
    format!("{seat}-{node}-{moment}Z{ENDING}")
}

/// What the name of a file says: the seat, the node, and the moment at which it began; none if it is no
/// recording.
pub fn named(name: &str) -> Option<(Seat, NodeName, Timestamp)> {
    let (seat, rest) = name.strip_suffix(ENDING)?.split_once('-')?;
    let (node, moment) = rest.rsplit_once('-')?;
    Some((seat.parse().ok()?, node.parse().ok()?, moment.parse().ok()?))
}

/// What the last line tells of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct End {
    /// How long after the beginning it is.
    pub after: Duration,
    /// Whether the recording was cut.
    pub is_cut: bool,
}

/// The end of a recording by the last bytes of its file. A file without any event has no length.
pub fn end_of(tail: &[u8]) -> End {
    #[derive(Deserialize)]
    struct Event(f64, String, #[expect(dead_code, reason = "only its time and its kind count")] String);
    let lines = tail.split_inclusive(|byte| *byte == b'\n').rev().filter(|line| line.ends_with(b"\n"));
    let mut events = lines.filter_map(|line| serde_json::from_slice::<Event>(line).ok());
    let last = events.next().map(|Event(seconds, kind, _)| End {
        after: Duration::try_from_secs_f64(seconds).unwrap_or_default(),
        is_cut: kind == MARKER,
    });
    last.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn begun() -> Recording<Vec<u8>> {
        let at = "2026-12-01T04:30:00.250Z".parse().unwrap();
        Recording::begin(Vec::new(), [80, 24], at, "s01, shell of node1").unwrap()
    }

    fn lines(written: Vec<u8>) -> Vec<Value> {
        String::from_utf8(written).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_player_can_read_it() {
        let mut recording = begun();
        recording.resize(Duration::from_millis(20), [132, 43]).unwrap();
        recording.output(Duration::from_micros(1_234_567), b"hello\r\n\x1b[1mx").unwrap();
        let head = json!({ "version": 2, "width": 80, "height": 24, "timestamp": 1_796_099_400, "title": "s01, shell of node1" });
        let written = recording.end(Duration::from_secs(2)).unwrap();
        let expected = [head, json!([0.02, "r", "132x43"]), json!([1.234567, "o", "hello\r\n\u{1b}[1mx"])];
        assert_eq!(lines(written), expected);
    }

    #[test]
    fn characters_in_two_pieces_stay_whole_and_other_bytes_are_replaced() {
        let mut recording = begun();
        let text = "aé€😀".as_bytes();
        for byte in text {
            recording.output(Duration::ZERO, &[*byte]).unwrap();
        }
        recording.output(Duration::ZERO, b"\xff\xc3(\xe2\x82").unwrap();
        let written = recording.end(Duration::ZERO).unwrap();
        let all: String =
            lines(written).iter().skip(1).map(|event| event[2].as_str().unwrap().to_owned()).collect();
        assert_eq!(all, "aé€😀\u{fffd}\u{fffd}(\u{fffd}");
    }

    #[test]
    fn a_recording_is_cut_at_its_most_bytes_and_says_so() {
        let mut recording = begun();
        recording.most = 4096;
        for _ in 0..100 {
            recording.output(Duration::from_secs(1), &[b'x'; 100]).unwrap();
        }
        assert!(recording.cut);
        let length = recording.written();
        recording.output(Duration::from_secs(2), b"later").unwrap();
        recording.resize(Duration::from_secs(2), [1, 1]).unwrap();
        let written = recording.end(Duration::from_secs(3)).unwrap();
        assert!(written.len() as u64 == length && length <= 4096, "{length}");
        let end = end_of(&written);
        assert!(end.is_cut && end.after == Duration::from_secs(1), "{end:?}");
        assert_eq!(lines(written).last().unwrap()[1], "m");
    }

    #[test]
    fn a_full_disk_is_an_error() {
        #[derive(Debug)]
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let begun = Recording::begin(Full, [80, 24], Timestamp::UNIX_EPOCH, "");
        assert_eq!(begun.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn a_name_says_seat_node_and_moment() {
        let at: Timestamp = "2026-12-01T04:30:00.250Z".parse().unwrap();
        let (seat, node): (Seat, NodeName) = ("s01".parse().unwrap(), "db-two".parse().unwrap());
        let name = name_of(seat, &node, at);
        assert_eq!(name, "s01-db-two-20261201T043000.250Z.cast");
        assert_eq!(named(&name), Some((seat, node, at)));
        for other in ["s01-node1.cast", "x.cast", "s01-node1-20261201T043000.250Z.txt", "s01-node1-now.cast"]
        {
            assert_eq!(named(other), None, "{other}");
        }
    }

    #[test]
    fn the_end_is_that_of_the_last_whole_line() {
        assert_eq!(end_of(b""), End::default());
        assert_eq!(end_of(b"{\"version\":2}\n"), End::default());
        let end = end_of(b"t of a line\"]\n[2.5,\"o\",\"x\"]\n[3.5,\"o\",\"");
        assert_eq!(end, End { after: Duration::from_millis(2500), is_cut: false });
        assert_eq!(end_of(b"[-1,\"o\",\"x\"]\n").after, Duration::ZERO);
    }
}
