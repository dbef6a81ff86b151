//! The places where labs run. Two providers: libvirt on an embedded host, and a simulated host in memory.
//!
//! The modules above use the traits ([`Provider`] and its parts) and ask for [`Capabilities`]. Only this
//! module and those below it depend on QEMU guests, bridges and network namespaces of this machine.

mod capabilities;
#[cfg(feature = "libvirt")]
pub(crate) mod libvirt;
mod open;
pub mod sim;
mod traits;

pub use crate::host::accel::{Accelerator, Choice};
pub use capabilities::Capabilities;
pub use open::{Opening, open};
pub use sim::{Part, Ran, SimFault, cluster};
pub use traits::{Faults, Machines, Model, Power, Provider, Reach, Snapshots, Tools, Vantage};

/// Whether guests of this machine would run on its processor or be emulated, and why.
pub fn acceleration(wish: crate::model::Wish) -> Choice {
    use crate::host::accel::{Facts, choose};
    choose(wish, Facts::read())
}

/// Whether instances on this machine can have limits of their own for memory and processors.
pub fn has_control_groups() -> bool {
    crate::host::ControlGroup::exist()
}
