//! The work on networks.

use super::reason;
use crate::desired::Desired;
use crate::inventory::Inventory;
use crate::model::NetworkName;
use crate::model::spec::NetworkSpec;

/// The work on a network that differs from its specification.
#[derive(Debug)]
pub(super) enum NetworkWork<'a> {
    /// It does not exist.
    Make(&'a NetworkSpec),
    /// It is defined correctly, but not started.
    Start(&'a NetworkSpec),
    /// It has to be deleted and created again.
    Remake(&'a NetworkSpec, Vec<String>),
    /// It is no longer in the lab.
    Drop(&'a NetworkName),
}

impl<'a> NetworkWork<'a> {
    /// Compares all networks with the inventory.
    pub(super) fn of(desired: &'a Desired, inventory: &'a Inventory) -> Vec<Self> {
        let wanted = desired.networks.iter().filter_map(|spec| {
            let Some(found) = inventory.networks.get(&spec.network.name) else {
                return Some(NetworkWork::Make(spec));
            };
            match found.mark.ours() {
                Some(made) if made != spec => Some(NetworkWork::Remake(spec, reason::network(made, spec))),
                Some(_) if !found.active => Some(NetworkWork::Start(spec)),
                Some(_) | None => None,
            }
        });
        let surplus = inventory
            .networks
            .keys()
            .filter(|name| desired.networks.iter().all(|spec| spec.network.name != **name))
            .map(NetworkWork::Drop);
        wanted.chain(surplus).collect()
    }

    /// The network.
    pub(super) fn name(&self) -> &'a NetworkName {
        match self {
            NetworkWork::Make(spec) | NetworkWork::Start(spec) | NetworkWork::Remake(spec, _) => {
                &spec.network.name
            }
            NetworkWork::Drop(name) => name,
        }
    }

    /// The reason for restarting machines with an interface on it: they lose their link, and only a new start
    /// restores it.
    pub(super) fn breaks_links(&self) -> Option<String> {
        match self {
            NetworkWork::Make(spec) => Some(format!("network {} was gone", spec.network.name)),
            NetworkWork::Start(spec) => Some(format!("network {} was not started", spec.network.name)),
            NetworkWork::Remake(spec, reasons) => {
                Some(format!("network {} is recreated ({})", spec.network.name, reasons.join(", ")))
            }
            NetworkWork::Drop(_) => None,
        }
    }
}
