//! What has to be done about networks.

use super::reason;
use crate::desired::Desired;
use crate::inventory::Inventory;
use crate::model::NetworkName;
use crate::model::spec::NetworkSpec;

/// What has to be done about a network. One that is as it must be has no work.
#[derive(Debug)]
pub(super) enum NetworkWork<'a> {
    /// It is not there.
    Make(&'a NetworkSpec),
    /// It is defined as it must be, but not started.
    Start(&'a NetworkSpec),
    /// It is deleted and made again.
    Remake(&'a NetworkSpec, Vec<String>),
    /// The lab has it no more.
    Drop(&'a NetworkName),
}

impl<'a> NetworkWork<'a> {
    /// Holds all networks against the inventory.
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

    /// What is said to machines that are on and have an interface on it: they lose their link, and get it back only
    /// with a new start.
    pub(super) fn breaks_links(&self) -> Option<String> {
        match self {
            NetworkWork::Make(spec) => Some(format!("network {} was gone", spec.network.name)),
            NetworkWork::Start(spec) => Some(format!("network {} was not started", spec.network.name)),
            NetworkWork::Remake(spec, reasons) => {
                Some(format!("network {} is made anew ({})", spec.network.name, reasons.join(", ")))
            }
            NetworkWork::Drop(_) => None,
        }
    }
}
