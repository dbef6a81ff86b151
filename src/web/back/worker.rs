//! A process without rights that speaks with clients, and what the back answers it.

use std::net::TcpListener;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

use super::Back;
use super::channel::{self, Door};
use crate::app::{AppError, Cancel};
use crate::base::apart::{Apart, Heard};
use crate::base::threads;

/// The delay before a process that has ended is started again. It doubles with each end soon after.
const AGAIN: Duration = Duration::from_millis(200);

/// The longest of these delays.
const LONGEST: Duration = Duration::from_secs(10);

/// After this time without an end, the delays begin again.
const CALM: Duration = Duration::from_secs(60);

/// The most channels of a process at the same time; further ones are closed. What floods one door does not
/// close the other.
const MOST_CHANNELS: usize = 512;

/// A process without rights.
pub struct Worker {
    door: Door,
    /// Counts the open channels.
    channels: Arc<()>,
    subcommand: &'static str,
    job: Value,
    listener: TcpListener,
    process: Apart,
}

impl Worker {
    /// Starts the process of a hidden subcommand, which accepts clients on a socket.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(
        door: Door,
        subcommand: &'static str,
        job: &impl Serialize,
        listener: TcpListener,
    ) -> Result<Self, AppError> {
        let job = serde_json::to_value(job).map_err(|error| AppError::failed("no job").because(error))?;
        let process = started(subcommand, &job, &listener)?;
        Ok(Self { door, channels: Arc::new(()), subcommand, job, listener, process })
    }

    /// Answers it until the server is cancelled. If it ends, or answering fails, it is started again, on the
    /// same port.
    ///
    /// # Errors
    /// When it cannot be started again.
    pub fn serve(mut self, back: &Arc<Back>, cancel: &Cancel) -> Result<(), AppError> {
        let mut pauses = Pauses::default();
        while !cancel.asked() {
            // Anything else would close the door in silence: the other one goes on.
            let Err(why) = threads::caught(|| self.turn(back)).and_then(|turn| turn) else { continue };
            back.alarm.raise(&format!("the process of {} {why}; it is started again", self.door.name()));
            if cancel.wait_for(pauses.next(Instant::now())) {
                break;
            }
            self.process = started(self.subcommand, &self.job, &self.listener)?;
        }
        Ok(())
    }

    /// Takes what the process says within a moment.
    ///
    /// # Errors
    /// Why it says nothing more.
    fn turn(&mut self, back: &Arc<Back>) -> Result<(), String> {
        match self.process.hear::<()>() {
            Ok(Heard::Said(())) => {
                if let Some(channel) = self.process.descriptor() {
                    self.answer(back, UnixStream::from(channel));
                }
                Ok(())
            }
            Ok(Heard::Nothing) => Ok(()),
            Ok(Heard::End) => Err("ended".to_owned()),
            Err(error) => Err(format!("failed: {error}")),
        }
    }

    fn answer(&self, back: &Arc<Back>, stream: UnixStream) {
        // A channel that is dropped is closed, and the process says that the server is busy.
        if Arc::strong_count(&self.channels) > MOST_CHANNELS {
            return;
        }
        let (back, door, counted) = (back.clone(), self.door, self.channels.clone());
        let answering = move || {
            let what = format!("an answer to the process of {}", door.name());
            back.alarm.guard(&what, || channel::answer(&back, stream, door));
            drop(counted);
        };
        // A machine without a thread to spare is busy, too.
        let _ = std::thread::Builder::new().spawn(answering);
    }
}

/// The delays before a process is started again: longer each time, until it has run for a while.
#[derive(Debug, Default)]
struct Pauses {
    last: Option<(Instant, Duration)>,
}

impl Pauses {
    /// The delay after a failure at a moment.
    fn next(&mut self, now: Instant) -> Duration {
        let calm = |at: &Instant| now.saturating_duration_since(*at) > CALM;
        let pause = match self.last.filter(|(at, _)| !calm(at)) {
            Some((_, before)) => (before * 2).min(LONGEST),
            None => AGAIN,
        };
        self.last = Some((now, pause));
        pause
    }
}

fn started(subcommand: &str, job: &Value, listener: &TcpListener) -> Result<Apart, AppError> {
    let failed =
        |error| AppError::failed("the process that speaks with clients cannot be started").because(error);
    let program = std::env::current_exe().map_err(failed)?;
    Apart::start_with(&program, subcommand, job, Some(listener.as_fd())).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_ends_again_and_again_is_started_more_and_more_rarely() {
        let (mut pauses, begun) = (Pauses::default(), Instant::now());
        let all: Vec<Duration> =
            (0..9).map(|second| pauses.next(begun + Duration::from_secs(second))).collect();
        assert_eq!(all[..3], [AGAIN, AGAIN * 2, AGAIN * 4]);
        assert_eq!(all[8], LONGEST);
        assert_eq!(pauses.next(begun + Duration::from_secs(8) + CALM * 2), AGAIN);
    }
}
