//! The status for people.

use super::table::Table;
use super::ui::bold;
use crate::app::{AddressStatus, CheckStatus, Status, size};
use crate::base::text::one_line;

/// Nodes, addresses and services, each as a table.
pub fn text(status: &Status) -> String {
    let verdict = match (status.host, status.healthy) {
        (false, _) => "dead: its embedded host is not running; `lab up` starts it again",
        (true, true) => "healthy",
        (true, false) => "not healthy",
    };
    let mut out = format!("{}: {}\n{verdict}\n", bold(&status.instance), one_line(&status.title));
    if !status.settings.is_empty() {
        out += &format!("set: {}\n", status.settings.join(", "));
    }
    if let Some(memory) = status.memory {
        out += &format!("memory: {}\n", size(memory));
    }
    for fault in &status.faults {
        out +=
            &format!("fault in force: {} on {} (`lab fault heal {}`)\n", fault.fault, fault.node, fault.id);
    }
    for node in &status.nodes {
        if let Some(trouble) = &node.trouble {
            out += &format!("{}: {}\n", node.node, one_line(trouble));
        }
        if let Some(dropped) = &node.dropped {
            let (forged, flood) = (dropped.forged, dropped.flood);
            out += &format!(
                "{}: its ports dropped forged frames: {forged}, frames above their limit: {flood}\n",
                node.node
            );
        }
    }
    if let Some(command) = &status.at_work {
        out += &format!("`{command}` is at work on it\n");
    }
    let mut nodes = Table::new(["NODE", "STATE", "SET UP", "ADDRESSES"]);
    for node in &status.nodes {
        let configured = if node.configured { "yes" } else { "no" };
        nodes.row([
            node.node.clone(),
            node.state.to_owned(),
            configured.to_owned(),
            node.addresses.join("  "),
        ]);
    }
    out += &format!("\n{}", nodes.render());
    if !status.addresses.is_empty() {
        let mut addresses = Table::new(["ADDRESS", "IP", "HELD BY"]);
        for address in &status.addresses {
            addresses.row([address.address.clone(), address.ip.clone(), holder(address)]);
        }
        out += &format!("\n{}", addresses.render());
    }
    if status.nodes.iter().any(|node| !node.roles.is_empty()) {
        let mut roles = Table::new(["ROLE", "NODE", "SAYS"]);
        for (node, role) in
            status.nodes.iter().flat_map(|node| node.roles.iter().map(move |role| (node, role)))
        {
            roles.row([one_line(&role.title).into_owned(), node.node.clone(), role.text.clone()]);
        }
        out += &format!("\n{}", roles.render());
    }
    if !status.checks.is_empty() {
        let mut checks = Table::new(["SERVICE", "NODE", "HEALTH"]);
        for check in &status.checks {
            checks.row([check.check.clone(), check.node.clone().unwrap_or_default(), health(check)]);
        }
        out += &format!("\n{}", checks.render());
    }
    out
}

/// The nodes that hold an address, in words.
pub fn holder(address: &AddressStatus) -> String {
    match address.holders.as_deref() {
        None => "(no node could be asked)".to_owned(),
        Some([]) => "no node".to_owned(),
        Some([one]) => one.clone(),
        Some(several) => format!("{} at once", several.join(" and ")),
    }
}

/// The health of a service, in words.
pub fn health(check: &CheckStatus) -> String {
    match &check.trouble {
        None => "healthy".to_owned(),
        Some(trouble) => format!("not healthy: {}", one_line(trouble)),
    }
}
