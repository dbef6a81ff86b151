//! Which machine has which address, as the network namespace of an instance remembers it.

use std::process::Command;

use super::{Host, HostError, run};

/// The states in which the kernel has an answer and uses it: up to 45 s, and 10 s more until it asks for
/// another one.
const KNOWN: [&str; 4] = ["reachable", "stale", "delay", "probe"];

impl Host {
    /// Forgets which machine has which address. A restored machine holds the addresses of the moment at which
    /// it was saved and does not announce them, so clients would go on sending to the former holder. No
    /// machine may run meanwhile.
    ///
    /// # Errors
    /// When `ip` is missing, or the kernel refuses.
    pub fn forget_neighbours(&self) -> Result<(), HostError> {
        let mut command = Command::new("ip");
        command.args(["-n", &self.netns_name(), "neigh", "flush"]);
        run(command.args(KNOWN.iter().flat_map(|state| ["nud", state])))
    }
}
