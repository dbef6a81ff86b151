//! Warnings about unused parts and surprising effects. Checked only when there are no errors, because an
//! error elsewhere can make parts look unused.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::labfile::file::{At, LabFile};
use crate::model::{StackUse, Value};

pub(super) fn warn(file: &LabFile, stacks: &[StackUse], found: &mut Diagnostics) {
    for network in &file.network.entries {
        let name = network.name.as_str();
        let is_on = |(network, _): &(At<String>, _)| network.value == name;
        if !file.node.entries.iter().any(|node| node.table.networks.iter().any(is_on)) {
            found.push(
                Diagnostic::warning(network.span.clone(), format!("no node is on network `{name}`"))
                    .help("name it in a node's `networks`, or delete it"),
            );
        }
        if let (Some(bridge), None) = (&network.table.bridge, &network.table.host) {
            let message = "the lab's own address on this LAN is chosen automatically";
            found.push(
                Diagnostic::warning(bridge.span.clone(), message)
                    .help("add `host = \"…\"` with an address that nothing else on the LAN has"),
            );
        }
    }
    for node in file.node.entries.iter().filter(|node| node.table.networks.is_empty()) {
        found.push(
            Diagnostic::warning(node.span.clone(), format!("node `{}` is on no network", node.name))
                .help("add `networks = { NAME = \"ADDRESS\" }`"),
        );
    }
    for address in &file.address.entries {
        let held = Value::Address(address.name.clone());
        if !stacks.iter().any(|stack| stack.params.values().any(|value| *value == held)) {
            found.push(
                Diagnostic::warning(
                    address.span.clone(),
                    format!("no stack holds the address `{}`", address.name),
                )
                .help("name it in the `with` of a stack, or delete it"),
            );
        }
    }
}
