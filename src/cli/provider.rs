//! The provider of an instance, as the command line and the instance's own memory say.

use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use crate::catalog::Catalog;
use crate::instance::ProviderKind;
use crate::model::InstanceName;
use crate::model::Wish;
use crate::provider::Provider;
use crate::provider::sim::Sim;

/// Opens the provider of an instance; nothing is made.
///
/// # Errors
/// When a simulated host cannot be read, or the program was built without libvirt.
pub fn open(
    context: &Context,
    name: &InstanceName,
    accel: Wish,
    catalog: Catalog,
) -> Result<Box<dyn Provider>, CliError> {
    match context.provider_of(name)? {
        ProviderKind::Sim => {
            let sim = Sim::open(&context.state, name)
                .map_err(|error| CliError::failed("the simulated host cannot be read").because(error))?;
            Ok(Box::new(context.faults.iter().cloned().fold(sim, Sim::with_fault)))
        }
        ProviderKind::Libvirt => real(context, name, accel, catalog),
    }
}

#[cfg(feature = "libvirt")]
fn real(
    context: &Context,
    name: &InstanceName,
    accel: Wish,
    catalog: Catalog,
) -> Result<Box<dyn Provider>, CliError> {
    Ok(Box::new(libvirt(context, name, accel, catalog)))
}

/// The provider of real guests.
#[cfg(feature = "libvirt")]
pub fn libvirt(
    context: &Context,
    name: &InstanceName,
    accel: Wish,
    catalog: Catalog,
) -> crate::provider::libvirt::LibvirtProvider {
    use crate::host::accel::{Facts, choose};
    let choice = choose(accel, Facts::read());
    crate::provider::libvirt::LibvirtProvider::new(&context.state, name, choice.accelerator, catalog)
}

#[cfg(not(feature = "libvirt"))]
fn real(_: &Context, _: &InstanceName, _: Wish, _: Catalog) -> Result<Box<dyn Provider>, CliError> {
    Err(CliError::new(Exit::HOST, "this `lab` was built without libvirt, so it has no real guests")
        .hint("build it with the feature `libvirt`, or learn with `--provider sim`"))
}

/// Refuses what takes root.
///
/// # Errors
/// When the instance is real and this process is not root's.
pub fn needs_root(context: &Context, name: &InstanceName) -> Result<(), CliError> {
    if context.provider_of(name)? == ProviderKind::Sim || rustix::process::geteuid().is_root() {
        return Ok(());
    }
    Err(CliError::new(Exit::HOST, "guests, their network namespace and their bridges need root")
        .hint("run it with sudo"))
}
