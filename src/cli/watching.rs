//! A watched instance on the terminal: its whole status once, and then a line for each change.

use super::status::{health, holder, text};
use crate::app::Status;

/// The text for a new status: the whole status if none was shown before, else one line for each difference.
pub fn news(before: Option<&Status>, now: &Status) -> Vec<String> {
    let Some(before) = before else { return vec![text(now)] };
    let mut lines = Vec::new();
    for node in &now.nodes {
        match before.nodes.iter().find(|old| old.node == node.node) {
            Some(old) if old.state != node.state => {
                lines.push(format!("{}: {} → {}", node.node, old.state, node.state));
            }
            Some(_) => {}
            None => lines.push(format!("{}: {}", node.node, node.state)),
        }
        let old = before.nodes.iter().find(|old| old.node == node.node);
        if let Some(trouble) = node.trouble.as_ref().filter(|_| old.is_none_or(|old| old.trouble.is_none())) {
            lines.push(format!("{}: {trouble}", node.node));
        }
    }
    for address in &now.addresses {
        let old = before.addresses.iter().find(|old| old.address == address.address);
        if let Some(old) = old.filter(|old| old.holders != address.holders) {
            lines.push(format!("{} {}: {} → {}", address.address, address.ip, holder(old), holder(address)));
        }
    }
    for check in &now.checks {
        let same = |old: &&crate::app::CheckStatus| old.check == check.check && old.node == check.node;
        let old = before.checks.iter().find(same);
        if old.is_none_or(|old| old.trouble != check.trouble) {
            let node = check.node.as_ref().map(|node| format!(" ({node})")).unwrap_or_default();
            lines.push(format!("{}{node}: {}", check.check, health(check)));
        }
    }
    let named = |status: &Status| -> Vec<String> {
        status.faults.iter().map(|fault| format!("{} on {}", fault.fault, fault.node)).collect()
    };
    let (old, new) = (named(before), named(now));
    lines.extend(new.iter().filter(|fault| !old.contains(fault)).map(|fault| format!("injected: {fault}")));
    lines.extend(old.iter().filter(|fault| !new.contains(fault)).map(|fault| format!("healed: {fault}")));
    match (&before.at_work, &now.at_work) {
        (old, Some(new)) if old.as_ref() != Some(new) => lines.push(format!("`{new}` began")),
        (Some(old), None) => lines.push(format!("`{old}` ended")),
        _ => {}
    }
    if before.healthy != now.healthy {
        lines.push(if now.healthy { "healthy".to_owned() } else { "not healthy".to_owned() });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{AddressStatus, NodeStatus};

    #[test]
    fn each_difference_is_a_line() {
        let holders = |nodes: &[&str]| Some(nodes.iter().map(ToString::to_string).collect());
        let address =
            |holders| AddressStatus { address: "web".to_owned(), ip: "192.168.0.100".to_owned(), holders };
        let node = |state: &str| NodeStatus {
            node: "node1".to_owned(),
            state: state.to_owned(),
            configured: true,
            addresses: Vec::new(),
            roles: Vec::new(),
            trouble: None,
            dropped: None,
        };
        let before = Status {
            instance: "web".to_owned(),
            lab: "web".to_owned(),
            title: String::new(),
            settings: Vec::new(),
            host: true,
            healthy: true,
            memory: None,
            nodes: vec![node("running")],
            addresses: vec![address(holders(&["node1"]))],
            checks: Vec::new(),
            faults: Vec::new(),
            at_work: None,
        };
        assert_eq!(news(Some(&before), &before), Vec::<String>::new());
        let now = Status {
            healthy: false,
            nodes: vec![node("off")],
            addresses: vec![address(holders(&["node1", "node2"]))],
            at_work: Some("lab drill run".to_owned()),
            ..before.clone()
        };
        assert_eq!(
            news(Some(&before), &now),
            [
                "node1: running → off",
                "web 192.168.0.100: node1 → node1 and node2 at once",
                "`lab drill run` began",
                "not healthy"
            ]
        );
    }
}
