//! Opens a provider by its kind: the only place that lists the kinds.

use super::Provider;
use super::sim::{Sim, SimFault};
use crate::catalog::Catalog;
use crate::instance::{Instance, ProviderKind};
use crate::model::{InstanceName, Wish};
use crate::state::StateDir;
use crate::work::ProviderError;

/// The parameters of a provider.
#[derive(Debug)]
pub struct Opening<'a> {
    /// The state folder.
    pub state: &'a StateDir,
    /// The instance.
    pub instance: &'a InstanceName,
    /// Whether guests are to run on the processor.
    pub accel: Wish,
    /// The source of images.
    pub catalog: Catalog,
    /// The failures of a simulated host.
    pub faults: &'a [SimFault],
}

/// Opens the provider of an instance; nothing is made or changed.
///
/// # Errors
/// When a simulated host cannot be read, or this program was built without real guests.
pub fn open(kind: ProviderKind, opening: Opening<'_>) -> Result<Box<dyn Provider>, ProviderError> {
    match kind {
        ProviderKind::Sim => {
            let sim = Sim::open(opening.state, opening.instance).map_err(|source| ProviderError::Host {
                what: "the simulated host cannot be read".to_owned(),
                source: source.into(),
            })?;
            // The model needs the lab of the instance's description; without it, no cluster runs.
            let instance = Instance::load(opening.state, opening.instance).ok().flatten();
            let sim = sim.with_lab(instance.map(|instance| instance.lab));
            Ok(Box::new(opening.faults.iter().cloned().fold(sim, Sim::with_fault)))
        }
        ProviderKind::Libvirt => guests(opening),
    }
}

#[cfg(feature = "libvirt")]
fn guests(opening: Opening<'_>) -> Result<Box<dyn Provider>, ProviderError> {
    let Opening { state, instance, accel, catalog, .. } = opening;
    Ok(Box::new(super::libvirt::LibvirtProvider::new(state, instance, accel, catalog)))
}

#[cfg(not(feature = "libvirt"))]
fn guests(_: Opening<'_>) -> Result<Box<dyn Provider>, ProviderError> {
    Err(ProviderError::Missing {
        what: "this `lab` was built without libvirt, so it has no real guests".to_owned(),
        hint: "build it with the feature `libvirt`, or learn with `--provider sim`".to_owned(),
    })
}
