//! A slot for a measurement: the measured instance comes before all others on the processors, and while a
//! class is open, measurements take turns. Otherwise thirty students would measure each other.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::app::class;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::base::lock::Lock;
use crate::provider::Provider;

/// The turn of this process, while it has one: what it measures in it shares the turn.
static OWN: Mutex<Weak<Lock>> = Mutex::new(Weak::new());

/// A turn to measure; none is needed while no class is open. It ends with its last copy.
#[derive(Debug, Clone)]
pub struct Turn(#[expect(dead_code, reason = "held")] Option<Arc<Lock>>);

impl Turn {
    /// Waits for a turn. An instance must not be locked meanwhile: its deadline would wait, too.
    ///
    /// # Errors
    /// When it cannot be waited for, or the operation is cancelled.
    pub fn take(job: &Job) -> Result<Self, AppError> {
        let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = own.upgrade() {
            return Ok(Self(Some(own)));
        }
        if !class::is_open(&job.state) {
            return Ok(Self(None));
        }
        let waiting = || job.say("another instance is being measured; this one comes after it");
        let lock = Lock::wait_for(&job.state.measuring_lock(), job.cancel(), waiting);
        let lock = lock.map_err(|error| AppError::failed("no turn to measure can be had").because(error))?;
        let lock = Arc::new(lock.ok_or_else(AppError::stopped)?);
        *own = Arc::downgrade(&lock);
        Ok(Self(Some(lock)))
    }
}

/// A slot for an instance, which is locked. It ends with this value.
pub struct Slot<'a> {
    provider: &'a dyn Provider,
    _turn: Turn,
}

impl<'a> Slot<'a> {
    /// Takes a slot, and a turn if the process has none.
    ///
    /// # Errors
    /// As [`Turn::take`].
    pub fn take(job: &Job, provider: &'a dyn Provider) -> Result<Self, AppError> {
        let turn = Turn::take(job)?;
        provider.favour(true);
        Ok(Self { provider, _turn: turn })
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.provider.favour(false);
    }
}
