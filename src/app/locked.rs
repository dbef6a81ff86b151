//! An instance that is locked by one operation, from before its description is read until the last write.

use std::time::{Duration, Instant};

use super::bring_up;
use super::error::AppError;
use super::job::Job;
use super::provider;
use crate::apply::{InstanceLock, LockError};
use crate::catalog::Catalog;
use crate::instance::Instance;
use crate::model::InstanceName;
use crate::provider::Provider;

/// Keeps an instance locked.
pub struct Locked {
    /// The description of the instance as read after the lock was taken, updated by each change of it.
    pub instance: Instance,
    /// Its provider.
    pub provider: Box<dyn Provider>,
    _lock: InstanceLock,
}

impl Locked {
    /// Locks an instance for a command, reads its description and puts right what a killed command left.
    ///
    /// # Errors
    /// When it is busy, takes root, or cannot be described or looked at.
    pub fn acquire(job: &Job, name: &InstanceName, command: &str) -> Result<Self, AppError> {
        let locked = Self::acquire_unsettled(job, name, command)?;
        bring_up::settle(locked.provider.as_ref(), job)?;
        Ok(locked)
    }

    /// As [`Locked::acquire`], leaving what a killed command left as it is.
    ///
    /// # Errors
    /// The same.
    pub fn acquire_unsettled(job: &Job, name: &InstanceName, command: &str) -> Result<Self, AppError> {
        provider::needs_root(job, name)?;
        let lock = lock(job, name, command)?;
        let instance = job.describe(name)?;
        let provider = provider::open(job, name, instance.accel, Catalog::of_state(&job.state))?;
        // What a killed drill left.
        provider.favour(false);
        Ok(Self { instance, provider, _lock: lock })
    }

    /// An instance that was locked and brought up by the caller.
    pub fn of(lock: InstanceLock, instance: Instance, provider: Box<dyn Provider>) -> Self {
        Self { instance, provider, _lock: lock }
    }
}

/// The command of automatic save points, which no person asked for: other commands wait for their end.
pub const AUTOSAVE: &str = "the automatic save point";

/// How long a command waits for the end of an automatic save point.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(100);

/// Locks an instance for a command.
///
/// # Errors
/// When another command holds the lock, or the operation is cancelled.
pub fn lock(job: &Job, name: &InstanceName, command: &str) -> Result<InstanceLock, AppError> {
    let end = Instant::now() + PATIENCE;
    loop {
        match InstanceLock::acquire(&job.state, name, command) {
            Err(LockError::Held { holder: Some(holder), .. })
                if holder.command == AUTOSAVE && Instant::now() < end && !job.asked_to_stop() =>
            {
                std::thread::sleep(LOOK);
            }
            locked => return Ok(locked?),
        }
    }
}
