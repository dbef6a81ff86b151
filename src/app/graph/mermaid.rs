//! The Mermaid format, which many web pages draw.

use std::fmt::Write as _;

use super::{networks, nics, stacks};
use crate::model::Lab;

/// The lab as a flowchart.
pub fn mermaid(lab: &Lab) -> String {
    let mut out = String::from("flowchart LR\n");
    for network in networks(lab) {
        let _ =
            writeln!(out, "  {}([\"{}<br/>{}\"])", id("net", &network.name), network.name, network.subnet);
    }
    for node in &lab.nodes {
        let parts = [vec![node.name.to_string(), node.image.to_string()], stacks(lab, node)].concat();
        let _ = writeln!(out, "  {}[\"{}\"]", id("node", &node.name), parts.join("<br/>"));
        for nic in nics(node) {
            let _ = writeln!(out, "  {} ---|{}| {}", id("node", &node.name), nic.ip, id("net", &nic.network));
        }
    }
    for address in &lab.addresses {
        let _ = writeln!(
            out,
            "  {}{{{{\"{}<br/>{}\"}}}}",
            id("address", &address.name),
            address.name,
            address.ip
        );
        let _ = writeln!(out, "  {} -.- {}", id("address", &address.name), id("net", &address.network));
    }
    out
}

/// An identifier that is not a keyword (a node may be named `end`) and has no arrow in it (`a--b`); names
/// contain no `_`.
fn id(kind: &str, name: &impl AsRef<str>) -> String {
    format!("{kind}_{}", name.as_ref().replace('-', "_"))
}
