//! A lab for the terminal: networks with what is on them, then nodes with their parts.

use std::fmt::Write as _;

use super::ui::bold;
use crate::app::graph::{networks, nics, stacks};
use crate::model::{Lab, Network, Node};

/// The lab as two trees.
pub fn text(lab: &Lab) -> String {
    let mut out = format!("{}: {}\n", bold(&lab.name), lab.title);
    for network in networks(lab) {
        out.push_str(&network_tree(lab, network));
    }
    for node in &lab.nodes {
        out.push_str(&node_tree(lab, node));
    }
    out
}

fn network_tree(lab: &Lab, network: &Network) -> String {
    let joined = network.join.as_ref().map(|joined| format!("  joins {joined}")).unwrap_or_default();
    let head = format!("network {}  {}{joined}", bold(&network.name), network.subnet);
    let addresses = lab.addresses.iter().filter(|address| address.network == network.name);
    let mut rows: Vec<[String; 3]> = addresses
        .map(|address| [address.ip.to_string(), address.name.to_string(), "virtual address".to_owned()])
        .collect();
    for node in &lab.nodes {
        let on_it = nics(node).filter(|nic| nic.network == network.name);
        rows.extend(on_it.map(|nic| [nic.ip.to_string(), node.name.to_string(), nic.device.clone()]));
    }
    rows.push([network.host.to_string(), "clients".to_owned(), "`lab client`".to_owned()]);
    tree(&head, &rows)
}

fn node_tree(lab: &Lab, node: &Node) -> String {
    let internet = if node.internet { "  internet" } else { "" };
    let head = format!(
        "node {}  {}  {}  {} processor{}{internet}",
        bold(&node.name),
        node.image,
        node.memory,
        node.cpus,
        if node.cpus == 1 { "" } else { "s" }
    );
    let mut rows = Vec::new();
    for disk in &node.disks {
        rows.push([
            "disk".to_owned(),
            disk.name.to_string(),
            format!("{} at /dev/{}", disk.size, disk.device),
        ]);
    }
    for stack in stacks(lab, node) {
        rows.push(["stack".to_owned(), stack, String::new()]);
    }
    tree(&head, &rows)
}

fn tree(head: &str, rows: &[[String; 3]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    let mut out = format!("\n{head}\n");
    for (index, [a, b, c]) in rows.iter().enumerate() {
        let branch = if index + 1 == rows.len() { "└─" } else { "├─" };
        let line = format!("{branch} {a:<first$}  {b:<second$}  {c}");
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}
