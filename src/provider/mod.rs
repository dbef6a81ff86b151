//! Where labs live. Two providers: libvirt on an embedded host, and a simulated host in memory.
//!
//! What is above knows the traits ([`Provider`] and its parts) and asks for [`Capabilities`]. That there are guests of QEMU,
//! bridges and network namespaces of this machine is known here and below only.

mod capabilities;
#[cfg(feature = "libvirt")]
mod libvirt;
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
