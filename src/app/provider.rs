//! The provider of an instance, as the operation and the instance's own description say.

use super::error::{AppError, ErrorKind};
use super::job::Job;
use crate::catalog::Catalog;
use crate::instance::{Instance, ProviderKind};
use crate::model::InstanceName;
use crate::model::Wish;
use crate::provider::Provider;
use crate::provider::sim::Sim;

/// Opens the provider of an instance; nothing is made.
///
/// # Errors
/// When a simulated host cannot be read, or the program was built without libvirt.
pub fn open(
    job: &Job,
    name: &InstanceName,
    accel: Wish,
    catalog: Catalog,
) -> Result<Box<dyn Provider>, AppError> {
    match job.provider_of(name)? {
        ProviderKind::Sim => {
            let sim = Sim::open(&job.state, name)
                .map_err(|error| AppError::failed("the simulated host cannot be read").because(error))?;
            let lab = Instance::load(&job.state, name).ok().flatten().map(|instance| instance.lab);
            Ok(Box::new(job.faults.iter().cloned().fold(sim.with_lab(lab), Sim::with_fault)))
        }
        ProviderKind::Libvirt => real(job, name, accel, catalog),
    }
}

#[cfg(feature = "libvirt")]
fn real(
    job: &Job,
    name: &InstanceName,
    accel: Wish,
    catalog: Catalog,
) -> Result<Box<dyn Provider>, AppError> {
    Ok(Box::new(libvirt(job, name, accel, catalog)))
}

/// The provider of real guests.
#[cfg(feature = "libvirt")]
pub fn libvirt(
    job: &Job,
    name: &InstanceName,
    accel: Wish,
    catalog: Catalog,
) -> crate::provider::libvirt::LibvirtProvider {
    use crate::host::accel::{Facts, choose};
    let choice = choose(accel, Facts::read());
    crate::provider::libvirt::LibvirtProvider::new(&job.state, name, choice.accelerator, catalog)
}

#[cfg(not(feature = "libvirt"))]
fn real(_: &Job, _: &InstanceName, _: Wish, _: Catalog) -> Result<Box<dyn Provider>, AppError> {
    Err(AppError::new(ErrorKind::Host, "this `lab` was built without libvirt, so it has no real guests")
        .hint("build it with the feature `libvirt`, or learn with `--provider sim`"))
}

/// Refuses what takes root.
///
/// # Errors
/// When the instance is real and this process is not root's.
pub fn needs_root(job: &Job, name: &InstanceName) -> Result<(), AppError> {
    if job.provider_of(name)? == ProviderKind::Sim || rustix::process::geteuid().is_root() {
        return Ok(());
    }
    Err(AppError::new(ErrorKind::Host, "guests, their network namespace and their bridges need root")
        .hint("run it with sudo"))
}
