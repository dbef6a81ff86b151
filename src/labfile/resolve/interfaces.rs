//! Names and Ethernet addresses of the nodes' interfaces, each unique in its lab.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::labfile::file::LabFile;
use crate::model::{Lab, MacAddress, Node, NodeName};

/// The longest interface name in Linux, in characters.
const LONGEST_INTERFACE: usize = 15;

/// Names of the tap devices: `node1-eth0` where that is short enough and free, else `n0-eth0`.
pub(super) struct Taps {
    /// The names of bridges.
    bridges: BTreeSet<String>,
    /// The tap names made from node names, where short enough.
    own: BTreeSet<String>,
}

impl Taps {
    pub(super) fn new(file: &LabFile) -> Self {
        let mut own = BTreeSet::new();
        for node in &file.node.entries {
            own.extend((0..=node.table.networks.len()).map(|place| format!("{}-eth{place}", node.name)));
        }
        own.retain(|name| name.len() <= LONGEST_INTERFACE);
        Self { bridges: file.network.names().map(str::to_owned).collect(), own }
    }

    pub(super) fn name(&self, index: usize, node: &NodeName, place: usize) -> String {
        let own = format!("{node}-eth{place}");
        if self.own.contains(&own) && !self.bridges.contains(&own) {
            return own;
        }
        let free = |name: &String| !self.own.contains(name) && !self.bridges.contains(name);
        // Each letter is another set of names; only a contrived lab could exhaust them.
        ('n'..='z').map(|letter| format!("{letter}{index}-eth{place}")).find(free).unwrap_or(own)
    }
}

/// Reports equal Ethernet addresses: they are rare, but would be hard to diagnose in a running lab.
pub(super) fn check_macs(lab: &Lab, file: &LabFile, found: &mut Diagnostics) {
    let mut seen: BTreeMap<MacAddress, &Node> = BTreeMap::new();
    for node in &lab.nodes {
        for nic in &node.nics {
            let Some(other) = seen.insert(nic.mac, node) else { continue };
            let place = |name: &NodeName| {
                file.node.get(name.as_str()).map(|node| node.span.clone()).unwrap_or_default()
            };
            found.push(
                Diagnostic::error(
                    place(&node.name),
                    format!("two interfaces would have the Ethernet address {}", nic.mac),
                )
                .label("one is of this node")
                .related(place(&other.name), "the other is of this one")
                .help(
                    "these addresses derive from the names of the lab, the node and the network: rename one",
                ),
            );
        }
    }
}
