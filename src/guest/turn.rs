//! Mutual exclusion with limits.
//!
//! A mutex has no time limit: a thread waits for it as long as its holder takes.

use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Limits, SshError};

/// How long one wait lasts before the limits are checked.
const TICK: Duration = Duration::from_millis(100);

/// A value that one thread uses at a time.
#[derive(Debug, Default)]
pub struct Turn<T> {
    taken: Mutex<bool>,
    free: Condvar,
    /// Locked only by the thread that holds the turn.
    value: Mutex<T>,
}

/// Access to the value; dropping it releases the turn.
#[derive(Debug)]
pub struct Taken<'a, T> {
    value: MutexGuard<'a, T>,
    turn: &'a Turn<T>,
}

impl<T> Turn<T> {
    /// A free value.
    pub fn of(value: T) -> Self {
        Self { taken: Mutex::new(false), free: Condvar::new(), value: Mutex::new(value) }
    }

    /// Access to the value as soon as no other thread uses it.
    ///
    /// # Errors
    /// When a limit is reached first.
    pub fn take(&self, limits: Limits<'_>) -> Result<Taken<'_, T>, SshError> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken {
            limits.check()?;
            let wait = limits.left().min(TICK);
            (taken, _) = self.free.wait_timeout(taken, wait).unwrap_or_else(PoisonError::into_inner);
        }
        *taken = true;
        drop(taken);
        Ok(self.taken())
    }

    /// Access to the value for its only owner.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    fn taken(&self) -> Taken<'_, T> {
        Taken { value: self.value.lock().unwrap_or_else(PoisonError::into_inner), turn: self }
    }
}

impl<T> Deref for Taken<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Taken<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        *self.turn.taken.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.turn.free.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_turn_is_waited_for_within_limits() {
        let turn = Turn::of(1);
        let (never, now) = (AtomicBool::new(false), AtomicBool::new(true));
        let held = turn.take(Limits::within(LONG, &never)).unwrap();
        let soon = Limits::within(Duration::from_millis(10), &never);
        assert!(matches!(turn.take(soon), Err(SshError::TimedOut)));
        assert!(matches!(turn.take(Limits::within(LONG, &now)), Err(SshError::Cancelled)));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| turn.take(Limits::within(LONG, &never)).map(|value| *value));
            drop(held);
            assert_eq!(waiting.join().unwrap().unwrap(), 1);
        });
        assert_eq!(*turn.take(Limits::within(LONG, &never)).unwrap(), 1);
    }
}
