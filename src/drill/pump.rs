//! The one place that all events of a drill pass through: into the record, to the live display, and into the
//! live state.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use super::live::Live;
use crate::base::failure::chain;
use crate::record::{Clock, Ending, Event, Nanos, What, Writer};

/// The longest wait for an event before conditions are checked again.
const TICK: Duration = Duration::from_millis(20);

/// A thread of the drill, and its task.
pub type Worker<'scope> = (String, ScopedJoinHandle<'scope, io::Result<()>>);

/// Distributes all events.
pub struct Pump<'a, 'scope> {
    pub clock: Clock,
    pub events: Receiver<Event>,
    pub writer: &'a mut Writer,
    pub tell: &'a mut dyn FnMut(&Event),
    pub cancel: &'a AtomicBool,
    pub live: Live,
    /// Threads that end only when they are stopped, or on an error.
    pub workers: Vec<Worker<'scope>>,
}

impl<'scope> Pump<'_, 'scope> {
    /// Records an event with the current time.
    pub fn emit(&mut self, what: What) {
        self.pass(&Event { t: self.clock.now(), what });
    }

    /// Distributes an event.
    pub fn pass(&mut self, event: &Event) {
        self.live.hear(event);
        self.writer.write(event);
        (self.tell)(event);
    }

    /// Distributes events until a condition yields a value, or until a deadline (then none).
    ///
    /// # Errors
    /// The user stops the drill, a thread of it failed, a node talks without end, or the record cannot be
    /// written.
    pub fn wait<T>(
        &mut self,
        until: Option<Nanos>,
        mut ready: impl FnMut(&Live) -> Option<T>,
    ) -> Result<Option<T>, Ending> {
        loop {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(Ending::Cancelled);
            }
            self.check_workers()?;
            if let Some(error) = self.writer.failure() {
                return Err(Ending::Failed {
                    reason: format!("the record cannot be written: {}", chain(error)),
                });
            }
            if let Some(reason) = self.live.flood.clone() {
                return Err(Ending::GivenUp { reason });
            }
            if let Some(value) = ready(&self.live) {
                return Ok(Some(value));
            }
            if until.is_some_and(|until| self.clock.now() >= until) {
                return Ok(None);
            }
            self.pump(until);
        }
    }

    /// Distributes events until a thread has ended, even when the user stops the drill, and returns its
    /// result. Only for work that must complete, such as healing.
    pub fn join<T>(&mut self, thread: ScopedJoinHandle<'scope, T>, what: &str) -> Result<T, Ending> {
        while !thread.is_finished() {
            self.pump(None);
        }
        ended(thread, what)
    }

    /// Distributes events until a thread has ended, and returns its result; none after the time limit. The
    /// thread is then told to stop and abandoned.
    ///
    /// # Errors
    /// The user stops the drill, a thread of the drill failed, or this one panicked.
    pub fn await_thread<T>(
        &mut self,
        thread: ScopedJoinHandle<'scope, T>,
        what: &str,
        limit: Nanos,
        stop: &AtomicBool,
    ) -> Result<Option<T>, Ending> {
        let deadline = self.clock.now().plus(limit);
        let waited = self.wait(Some(deadline), |_| thread.is_finished().then_some(()));
        if let Ok(Some(())) = waited {
            return ended(thread, what).map(Some);
        }
        stop.store(true, Ordering::Relaxed);
        waited.map(|_| None)
    }

    /// Distributes pending events, and further ones until all workers with these names have ended.
    pub fn end_workers(&mut self, which: impl Fn(&str) -> bool) {
        let (ending, staying) =
            std::mem::take(&mut self.workers).into_iter().partition(|(name, _)| which(name));
        self.workers = staying;
        let ending: Vec<Worker<'scope>> = ending;
        while ending.iter().any(|(_, thread)| !thread.is_finished()) {
            self.pump(None);
        }
        while let Ok(event) = self.events.try_recv() {
            self.pass(&event);
        }
    }

    fn pump(&mut self, until: Option<Nanos>) {
        let left = until.map(|until| self.clock.instant(until).saturating_duration_since(Instant::now()));
        match self.events.recv_timeout(left.unwrap_or(TICK).min(TICK)) {
            Ok(event) => self.pass(&event),
            Err(RecvTimeoutError::Timeout) => {}
            // No sender is left, so only time can pass.
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(TICK),
        }
    }

    fn check_workers(&mut self) -> Result<(), Ending> {
        let Some(place) = self.workers.iter().position(|(_, thread)| thread.is_finished()) else {
            return Ok(());
        };
        let (name, thread) = self.workers.swap_remove(place);
        let reason = match thread.join() {
            Ok(Ok(())) => "ended before its time".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "panicked".to_owned(),
        };
        Err(Ending::Failed { reason: format!("{name}: {reason}") })
    }
}

fn ended<T>(thread: ScopedJoinHandle<'_, T>, what: &str) -> Result<T, Ending> {
    thread.join().map_err(|_| Ending::Failed { reason: format!("{what} panicked") })
}
