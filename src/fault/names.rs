//! Checks that the names in a fault exist in the lab.

use super::keys::Kind;
use super::{Key, Said};
use crate::model::fault::Value;
use crate::model::{CLIENT_PATH, Lab, MANAGEMENT_NETWORK};

/// A name that is not in the lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown<'l> {
    /// Its key.
    pub key: &'static Key,
    /// The kind of object: `network`.
    pub what: &'static str,
    /// The name.
    pub name: String,
    /// The known names.
    pub known: Vec<&'l str>,
}

/// The names among the values that are not in the lab.
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

/// A lab's names of a kind.
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
