//! The provider of an instance, according to the operation and to the instance's description.

use super::error::{AppError, ErrorKind};
use super::job::Job;
use crate::catalog::Catalog;
use crate::instance::Instance;
use crate::model::{InstanceName, Wish};
use crate::provider::{self, Opening, Provider};

/// Opens the provider of an instance; nothing is made.
///
/// # Errors
/// When a simulated host cannot be read, or the program was built without real guests.
pub fn open(
    job: &Job,
    name: &InstanceName,
    accel: Wish,
    catalog: Catalog,
) -> Result<Box<dyn Provider>, AppError> {
    let opening = Opening { state: &job.state, instance: name, accel, catalog, faults: &job.faults };
    Ok(provider::open(job.provider_of(name)?, opening)?)
}

/// Opens the provider of an existing instance, to inspect it and to access its nodes.
///
/// # Errors
/// As [`open`].
pub fn of(job: &Job, instance: &Instance) -> Result<Box<dyn Provider>, AppError> {
    open(job, &instance.name, instance.accel, Catalog::of_state(&job.state))
}

/// Refuses an operation that requires root.
///
/// # Errors
/// When changing the instance takes root, and this process is not root's.
pub fn needs_root(job: &Job, name: &InstanceName) -> Result<(), AppError> {
    if !job.capabilities(name)?.root || rustix::process::geteuid().is_root() {
        return Ok(());
    }
    Err(AppError::new(ErrorKind::Host, "guests, their network namespace and their bridges need root")
        .hint("run it with sudo"))
}
