//! A request to cancel an operation.

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

/// How often it is looked where the system has no descriptor left for a bell.
const WITHOUT: Duration = Duration::from_millis(100);

/// How long one of the waits without a limit lasts.
const LONG: Duration = Duration::from_secs(3600);

/// Belongs to one operation; copies share its state. Long work checks it and stops cleanly.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<State>);

#[derive(Debug, Default)]
struct State {
    asked: AtomicBool,
    /// Becomes readable when it is asked; made for the first one who waits for it.
    bell: OnceLock<OwnedFd>,
}

impl Cancel {
    /// Requests that the operation stops.
    pub fn ask(&self) {
        self.0.asked.store(true, Ordering::SeqCst);
        self.0.ring();
    }

    /// Whether this was requested.
    pub fn asked(&self) -> bool {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// The flag that the modules below check.
    pub fn flag(&self) -> &AtomicBool {
        &self.0.asked
    }

    /// Waits until this is requested.
    pub fn wait(&self) {
        while !self.wait_for(LONG) {}
    }

    /// Waits until this is requested, at most this long; returns whether it was.
    pub fn wait_for(&self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        while !self.asked() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            match self.bell() {
                Ok(bell) => {
                    let left = Timespec::try_from(left).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 });
                    // A signal ends the wait of poll early.
                    let _ = poll(&mut [PollFd::from_borrowed_fd(bell, PollFlags::IN)], Some(&left));
                }
                Err(_) => std::thread::sleep(left.min(WITHOUT)),
            }
        }
        self.asked()
    }

    /// What becomes readable when this is requested, and stays so: for those who wait for several things.
    ///
    /// # Errors
    /// When the system has no descriptor left.
    pub fn bell(&self) -> io::Result<BorrowedFd<'_>> {
        if self.0.bell.get().is_none() {
            // Another thread may have been faster; then this one is closed.
            drop(self.0.bell.set(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?));
            // It may have been asked just before.
            if self.asked() {
                self.0.ring();
            }
        }
        self.0.bell.get().map(OwnedFd::as_fd).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl State {
    fn ring(&self) {
        if let Some(bell) = self.bell.get() {
            // A bell that cannot be written to any more has rung often enough.
            let _ = rustix::io::write(bell, &1_u64.to_ne_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bell_rings_for_those_who_wait_and_who_come_late() {
        let cancel = Cancel::default();
        assert!(!cancel.wait_for(Duration::from_millis(1)));
        let other = cancel.clone();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| cancel.wait());
            other.ask();
            waiting.join().unwrap();
        });
        assert!(cancel.wait_for(Duration::ZERO), "it stays so");
        let late = Cancel::default();
        late.ask();
        let mut bell = [PollFd::from_borrowed_fd(late.bell().unwrap(), PollFlags::IN)];
        assert_eq!(poll(&mut bell, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })), Ok(1));
    }
}
