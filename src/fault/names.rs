//! Whether what a fault names is there.

use super::{Key, Keys};
use crate::model::{CLIENT_PATH, Lab, MANAGEMENT_NETWORK};

/// A name that nothing in the lab has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown<'l> {
    /// The key that it was given with.
    pub key: Key,
    /// What it should be the name of: `network`.
    pub what: &'static str,
    /// The name.
    pub name: String,
    /// The names that there are.
    pub known: Vec<&'l str>,
}

/// The names among the keys that nothing in the lab has.
pub fn unknown_names<'l>(lab: &'l Lab, keys: &Keys) -> Vec<Unknown<'l>> {
    let networks = lab.networks.iter().map(|network| network.name.as_str());
    let networks = networks.filter(|name| *name != MANAGEMENT_NETWORK).collect();
    let services = lab.stacks.iter().flat_map(|stack| stack.services.keys()).map(AsRef::as_ref).collect();
    let paths = lab.stacks.iter().flat_map(|stack| stack.paths.keys()).map(AsRef::as_ref);
    let paths = paths.chain([CLIENT_PATH]).collect();
    let disks = lab.nodes.iter().flat_map(|node| &node.disks).map(|disk| disk.name.as_str()).collect();
    let named = [
        (Key::Network, "network", keys.network.as_ref().map(ToString::to_string), networks),
        (Key::Service, "service", keys.service.as_ref().map(ToString::to_string), services),
        (Key::Path, "path", keys.path.as_ref().map(ToString::to_string), paths),
        (Key::Disk, "disk", keys.disk.as_ref().map(ToString::to_string), disks),
    ];
    let unknown = |(key, what, name, mut known): (Key, _, Option<String>, Vec<&'l str>)| {
        let name = name?;
        known.sort_unstable();
        known.dedup();
        (!known.contains(&name.as_str())).then_some(Unknown { key, what, name, known })
    };
    named.into_iter().filter_map(unknown).collect()
}
