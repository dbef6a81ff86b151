//! An instance that is locked by one operation, from before its description is read until the last write.

use std::time::{Duration, Instant};

use super::bring_up;
use super::error::AppError;
use super::job::Job;
use super::provider;
use crate::apply::{self, Holder, InstanceLock, LockError};
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

/// Locks an instance for a command. It waits for the end of an automatic save point, and for no other
/// command.
///
/// # Errors
/// When another command holds the lock, or the operation is cancelled.
pub fn lock(job: &Job, name: &InstanceName, command: &str) -> Result<InstanceLock, AppError> {
    let end = Instant::now() + PATIENCE;
    let saves = |holder: Option<&Holder>| holder.is_some_and(|holder| holder.command == AUTOSAVE);
    let waits = || Instant::now() < end && !job.asked_to_stop();
    loop {
        match InstanceLock::acquire(&job.state, name, command) {
            Err(LockError::Held { holder, .. }) if saves(holder.as_ref()) && waits() => {
                // Another command may lock it first.
                let goes_on = || waits() && saves(apply::holder(&job.state, name).as_ref());
                if let Some(lock) = InstanceLock::acquire_after(&job.state, name, command, goes_on)? {
                    return Ok(lock);
                }
            }
            locked => return Ok(locked?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Halab;

    #[test]
    fn a_command_waits_for_an_automatic_save_point_and_for_no_other_command() {
        let folder = tempfile::tempdir().unwrap();
        let halab = Halab::at(folder.path()).simulated();
        let (job, name) = (halab.quiet_job(), "ha1-s01".parse::<InstanceName>().unwrap());
        // So that the file of the lock stays.
        fs_err::create_dir_all(halab.state.instance(&name).join("disks")).unwrap();
        let held = InstanceLock::acquire(&halab.state, &name, AUTOSAVE).unwrap();
        let undo = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| lock(&job, &name, "lab undo").unwrap());
            std::thread::sleep(Duration::from_millis(20));
            assert!(!waiting.is_finished());
            drop(held);
            waiting.join().unwrap()
        });
        assert!(lock(&job, &name, "lab grade").unwrap_err().line().contains("lab undo"));
        drop(undo);
        let _held = InstanceLock::acquire(&halab.state, &name, AUTOSAVE).unwrap();
        let cancel = crate::app::Cancel::default();
        cancel.ask();
        assert!(
            lock(&job.cancelled_by(&cancel), &name, "lab undo").is_err(),
            "no command waits after Ctrl-C"
        );
    }
}
