//! The back's end of a channel: answers go out, and its end is noticed.

use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use serde::Serialize;

use crate::app::Cancel;
use crate::base::passing::{self, Lines};
use crate::web::channel::Answer;

/// How long the front may take to read. It reads as long as the browser does.
const READING: Duration = Duration::from_secs(30);

/// Where answers of a channel go.
#[derive(Clone)]
pub struct Sink(Arc<UnixStream>);

impl Sink {
    /// That of a channel.
    pub fn of(stream: UnixStream) -> Self {
        // A time-out that cannot be set leaves a thread that waits for a front that hangs.
        let _ = stream.set_write_timeout(Some(READING));
        Self(Arc::new(stream))
    }

    /// Sends an answer, with its descriptor; returns whether the front took it.
    pub fn send(&self, answer: &Answer, descriptor: Option<BorrowedFd<'_>>) -> bool {
        let mut line = serde_json::to_vec(answer).unwrap_or_default();
        line.push(b'\n');
        let sent = passing::send(&self.0, &line, descriptor).is_ok();
        if !sent {
            // A line that was sent in part must not be followed by another one.
            let _ = self.0.shutdown(std::net::Shutdown::Both);
        }
        sent
    }

    /// Sends a message of a stream; returns whether the front took it.
    pub fn message(&self, event: &str, id: Option<u64>, data: &impl Serialize) -> bool {
        let data = serde_json::to_value(data).unwrap_or_default();
        self.send(&Answer::Message { event: event.to_owned(), id, data }, None)
    }

    /// Does work that is cancelled when the front closes the channel, or says what is not taken. A line that
    /// is too long is given as an empty one.
    pub fn while_talking<T>(
        &self,
        lines: &mut Lines,
        mut take: impl FnMut(&[u8]) -> bool + Send,
        work: impl FnOnce(&Cancel) -> T,
    ) -> T {
        let cancel = Cancel::default();
        // The limit was that of the ask.
        let _ = self.0.set_read_timeout(None);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while let Some(line) = heard(lines)
                    && take(&line)
                {}
                cancel.ask();
            });
            let done = work(&cancel);
            // Ends the thread that reads.
            let _ = self.0.shutdown(std::net::Shutdown::Read);
            done
        })
    }

    /// Does work that is cancelled when the front closes the channel.
    pub fn while_open<T>(&self, work: impl FnOnce(&Cancel) -> T) -> T {
        let cancel = Cancel::default();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // Without events, poll waits for the end of both directions.
                let _ = poll(&mut [PollFd::new(&self.0, PollFlags::RDHUP)], None);
                cancel.ask();
            });
            let done = work(&cancel);
            // Ends the thread that waits.
            let _ = self.0.shutdown(std::net::Shutdown::Read);
            done
        })
    }
}

/// The next line of the front; none when it has closed the channel.
fn heard(lines: &mut Lines) -> Option<Vec<u8>> {
    match lines.next() {
        Ok(line) => line,
        // Its own error, and not one of the socket: the line is too long.
        Err(error) if error.kind() == std::io::ErrorKind::Other => Some(Vec::new()),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::time::Instant;

    use super::*;

    /// What is taken of what a front says while work goes on, which ends with the channel.
    fn taken(said: &[u8], closes: bool) -> Vec<String> {
        let (mut front, back) = UnixStream::pair().unwrap();
        let mut lines = Lines::of(back.try_clone().unwrap(), 100);
        let sink = Sink::of(back);
        front.write_all(said).unwrap();
        let front = (!closes).then_some(front);
        let mut heard = Vec::new();
        let take = |line: &[u8]| {
            heard.push(String::from_utf8_lossy(line).into_owned());
            line == b"size"
        };
        let ended = sink.while_talking(&mut lines, take, |cancel| {
            let begun = Instant::now();
            while !cancel.asked() && begun.elapsed() < Duration::from_secs(20) {
                std::thread::sleep(Duration::from_millis(1));
            }
            cancel.asked()
        });
        assert!(ended);
        drop(front);
        heard
    }

    #[test]
    fn work_ends_when_the_front_closes_or_says_something_else() {
        assert_eq!(taken(b"size\nsize\n", true), ["size", "size"]);
        assert_eq!(taken(b"size\nother\nsize\n", false), ["size", "other"]);
        assert_eq!(taken(&[b'x'; 300], false), [""], "a line without an end");
    }
}
