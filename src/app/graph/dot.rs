//! The Graphviz format: `lab graph --format dot | dot -Tsvg`.

use std::fmt::Write as _;

use super::{networks, nics, stacks};
use crate::model::Lab;

/// The lab as an undirected graph. Names need no escaping: they are letters, digits and `-`, always quoted.
pub fn dot(lab: &Lab) -> String {
    let mut out = format!("graph \"{}\" {{\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n", lab.name);
    for network in networks(lab) {
        let _ = writeln!(
            out,
            "  \"net {0}\" [shape=ellipse, label=\"{0}\\n{1}\"];",
            network.name, network.subnet
        );
    }
    for node in &lab.nodes {
        let mut label = format!("{}\\n{}", node.name, node.image);
        for stack in stacks(lab, node) {
            let _ = write!(label, "\\n{stack}");
        }
        for disk in &node.disks {
            let _ = write!(label, "\\n{} {}", disk.name, disk.size);
        }
        let _ = writeln!(out, "  \"{}\" [shape=box, label=\"{label}\"];", node.name);
    }
    for address in &lab.addresses {
        let _ = writeln!(
            out,
            "  \"address {0}\" [shape=box, style=dashed, label=\"{0}\\n{1}\"];",
            address.name, address.ip
        );
        let _ =
            writeln!(out, "  \"address {}\" -- \"net {}\" [style=dashed];", address.name, address.network);
    }
    for node in &lab.nodes {
        for nic in nics(node) {
            let _ = writeln!(
                out,
                "  \"{}\" -- \"net {}\" [label=\"{} {}\"];",
                node.name, nic.network, nic.device, nic.ip
            );
        }
    }
    out.push_str("}\n");
    out
}
