//! What one thread uses at a time, and others wait for within their limits.
//!
//! A mutex has no limit: whoever waits for it waits for as long as its holder takes, whatever the waiting one's own limit is.

use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Limits, SshError};

/// How long one wait lasts before the limits are looked at.
const TICK: Duration = Duration::from_millis(100);

/// A value that is used by one thread at a time.
#[derive(Debug, Default)]
pub struct Turn<T> {
    taken: Mutex<bool>,
    free: Condvar,
    /// Locked only by the thread whose turn it is.
    value: Mutex<T>,
}

/// The value, for the thread whose turn it is; dropping it gives the turn away.
#[derive(Debug)]
pub struct Taken<'a, T> {
    value: MutexGuard<'a, T>,
    turn: &'a Turn<T>,
}

impl<T> Turn<T> {
    /// Nobody uses this value yet.
    pub fn of(value: T) -> Self {
        Self { taken: Mutex::new(false), free: Condvar::new(), value: Mutex::new(value) }
    }

    /// The value, as soon as nobody else uses it.
    ///
    /// # Errors
    /// When a limit comes first.
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

    /// The value, if nobody uses it now.
    pub fn try_take(&self) -> Option<Taken<'_, T>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        (!std::mem::replace(&mut *taken, true)).then(|| self.taken())
    }

    /// The value, for its only owner.
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
        assert!(turn.try_take().is_none());
        let soon = Limits::within(Duration::from_millis(10), &never);
        assert!(matches!(turn.take(soon), Err(SshError::TimedOut)));
        assert!(matches!(turn.take(Limits::within(LONG, &now)), Err(SshError::Cancelled)));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| turn.take(Limits::within(LONG, &never)).map(|value| *value));
            drop(held);
            assert_eq!(waiting.join().unwrap().unwrap(), 1);
        });
        assert_eq!(turn.try_take().map(|value| *value), Some(1));
    }
}
