//! Whether what a fault names is there.

use super::keys::Kind;
use super::{Key, Said};
use crate::model::fault::Value;
use crate::model::{CLIENT_PATH, Lab, MANAGEMENT_NETWORK};

/// A name that nothing in the lab has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown<'l> {
    /// The key that it was given with.
    pub key: &'static Key,
    /// What it should be the name of: `network`.
    pub what: &'static str,
    /// The name.
    pub name: String,
    /// The names that there are.
    pub known: Vec<&'l str>,
}

/// The names among what was said that nothing in the lab has.
pub fn unknown_names<'l>(lab: &'l Lab, said: &Said) -> Vec<Unknown<'l>> {
    let unknown = |key: &'static Key| {
        let (what, Some(Value::Text(name))) = (key.kind.names()?, said.get(key)) else { return None };
        let mut known = known(lab, key.kind);
        known.sort_unstable();
        known.dedup();
        let name = name.clone();
        (!known.contains(&name.as_str())).then_some(Unknown { key, what, name, known })
    };
    said.given().into_iter().filter_map(unknown).collect()
}

/// The names that a lab has of a kind.
fn known(lab: &Lab, kind: Kind) -> Vec<&str> {
    match kind {
        Kind::Network => {
            let networks = lab.networks.iter().map(|network| network.name.as_str());
            networks.filter(|name| *name != MANAGEMENT_NETWORK).collect()
        }
        Kind::Service => {
            lab.stacks.iter().flat_map(|stack| stack.services.keys()).map(AsRef::as_ref).collect()
        }
        Kind::Path => {
            let paths = lab.stacks.iter().flat_map(|stack| stack.paths.keys()).map(AsRef::as_ref);
            paths.chain([CLIENT_PATH]).collect()
        }
        Kind::Disk => lab.nodes.iter().flat_map(|node| &node.disks).map(|disk| disk.name.as_str()).collect(),
        _ => Vec::new(),
    }
}
