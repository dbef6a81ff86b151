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

use crate::base::cgroup::ControlGroup;
pub use crate::host::accel::{Accelerator, Choice};
pub use capabilities::Capabilities;
pub use open::{Opening, open};
pub use sim::{Part, Ran, SimFault, cluster};
pub use traits::{Disks, Faults, Machines, Model, Power, Provider, Reach, Snapshots, Tools, Vantage};

/// Whether guests of this machine would run on its processor or be emulated, and why.
pub fn acceleration(wish: crate::model::Wish) -> Choice {
    use crate::host::accel::{Facts, choose};
    choose(wish, Facts::read())
}

/// Whether instances on this machine can have limits of their own for memory and processors.
pub fn has_control_groups() -> bool {
    ControlGroup::exist()
}

/// Tries whether these limits can be set, and returns whether they stay in force when systemd changes a
/// unit. Only root can try.
///
/// # Errors
/// What cannot be set.
pub fn try_control_groups() -> std::io::Result<bool> {
    ControlGroup::named(&format!("halab-trial-{}", std::process::id())).trial()
}

/// Whether this machine can bind guests to the addresses of their ports; if not, what it said.
///
/// # Errors
/// The refusal of the kernel or of `nft`, in one line.
pub fn can_guard() -> Result<(), String> {
    let first = |text: String| text.lines().next().unwrap_or_default().to_owned();
    crate::host::can_guard().map_err(|error| first(error.to_string()))
}
