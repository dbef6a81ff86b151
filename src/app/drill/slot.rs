//! A slot for a measurement: the measured instance comes before all others on the processors, and while a
//! class is open, measurements take turns. Otherwise thirty students would measure each other.

use crate::app::class;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::base::lock::Lock;
use crate::provider::Provider;

/// A slot. It ends with this value.
pub struct Slot<'a> {
    provider: &'a dyn Provider,
    _turn: Option<Lock>,
}

impl<'a> Slot<'a> {
    /// Waits for a slot for an instance.
    ///
    /// # Errors
    /// When it cannot be waited for, or the operation is cancelled.
    pub fn take(job: &Job, provider: &'a dyn Provider) -> Result<Self, AppError> {
        let turn = if class::is_open(&job.state)? { Some(turn(job)?) } else { None };
        provider.favour(true);
        Ok(Self { provider, _turn: turn })
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.provider.favour(false);
    }
}

fn turn(job: &Job) -> Result<Lock, AppError> {
    let waiting = || job.say("another instance is being measured; this one comes after it");
    let lock = Lock::wait_for(&job.state.measuring_lock(), job.cancel(), waiting);
    let lock = lock.map_err(|error| AppError::failed("no turn to measure can be had").because(error))?;
    lock.ok_or_else(AppError::stopped)
}
