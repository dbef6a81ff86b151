//! The answers that were received about an instance, and the status that follows from them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::{AddressStatus, CheckStatus, FaultStatus, NodeStatus, Status};
use crate::instance::Instance;
use crate::inventory::{GuestState, Inventory};
use crate::model::{MANAGEMENT_NETWORK, Node, NodeName};

/// The answers of an instance's host, nodes and services.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// The inventory of its host.
    pub inventory: Inventory,
    /// The addresses that each node has on its interfaces; a node that does not answer is absent.
    pub held: BTreeMap<NodeName, Vec<Ipv4Addr>>,
    /// The nodes that talk without end, and how that was noticed.
    pub floods: BTreeMap<NodeName, String>,
    /// Why its machines were paused without a command; none if they were not.
    pub paused: Option<String>,
    /// Why each health check fails, in the order of the description; none for one that holds. Empty if the
    /// host is dead.
    pub troubles: Vec<Option<String>>,
    /// The faults in force.
    pub faults: Vec<FaultStatus>,
    /// The command that is working on it.
    pub at_work: Option<String>,
}

impl Answers {
    /// Whether the embedded host runs.
    pub fn alive(&self) -> bool {
        self.inventory.host.as_ref().is_some_and(|host| host.alive)
    }

    /// Whether a node's machine runs.
    pub fn runs(&self, node: &NodeName) -> bool {
        self.inventory.guests.get(node).is_some_and(|guest| guest.state == GuestState::Running)
    }

    /// The status of the instance.
    pub fn status(&self, instance: &Instance) -> Status {
        let alive = self.alive();
        let nodes: Vec<NodeStatus> = instance.lab.nodes.iter().map(|node| self.node(node)).collect();
        let addresses = instance.lab.addresses.iter().map(|address| AddressStatus {
            address: address.name.to_string(),
            ip: address.ip.to_string(),
            holders: (!self.held.is_empty()).then(|| self.holders(address.ip)),
        });
        let checks: Vec<CheckStatus> = instance
            .desired
            .checks
            .iter()
            .zip(&self.troubles)
            .map(|(check, trouble)| CheckStatus {
                check: check.title.clone(),
                node: check.node.as_ref().map(ToString::to_string),
                healthy: trouble.is_none(),
                trouble: trouble.clone(),
            })
            .collect();
        let well = |node: &NodeStatus| node.state == "running" && node.configured && node.trouble.is_none();
        Status {
            instance: instance.name.to_string(),
            lab: instance.lab.name.to_string(),
            title: instance.lab.title.clone(),
            settings: instance.settings.clone(),
            host: alive,
            healthy: alive && nodes.iter().all(well) && checks.iter().all(|check| check.healthy),
            memory: None,
            addresses: addresses.collect(),
            nodes,
            checks,
            faults: self.faults.clone(),
            at_work: self.at_work.clone(),
        }
    }

    fn node(&self, node: &Node) -> NodeStatus {
        let guest = self.inventory.guests.get(&node.name);
        let nics = node.nics.iter().filter(|nic| nic.network.as_str() != MANAGEMENT_NETWORK);
        NodeStatus {
            node: node.name.to_string(),
            state: match guest.map(|guest| guest.state) {
                Some(GuestState::Running) => "running",
                Some(GuestState::Paused) => "paused",
                Some(GuestState::Frozen) => "frozen",
                Some(GuestState::Off) => "off",
                Some(GuestState::Crashed) => "crashed",
                None => "absent",
            }
            .to_owned(),
            configured: guest.is_some_and(|guest| guest.sealed.is_some()),
            addresses: nics.map(|nic| format!("{} ({})", nic.ip, nic.network)).collect(),
            trouble: self.floods.get(&node.name).cloned().or_else(|| {
                let is_paused = guest.is_some_and(|guest| guest.state == GuestState::Paused);
                self.paused.as_ref().filter(|_| is_paused).map(|why| format!("paused: {why}"))
            }),
            dropped: None,
        }
    }

    fn holders(&self, ip: Ipv4Addr) -> Vec<String> {
        let has = |(_, addresses): &(&NodeName, &Vec<Ipv4Addr>)| addresses.contains(&ip);
        self.held.iter().filter(has).map(|(node, _)| node.to_string()).collect()
    }
}

/// The addresses in the output of `ip -o -4 address show`: `2: eth0    inet 192.168.0.101/24 brd …`.
pub fn addresses_in(text: &str) -> Vec<Ipv4Addr> {
    let after_inet = |line: &str| {
        let mut words = line.split_whitespace().skip_while(|word| *word != "inet");
        words.nth(1)?.split('/').next()?.parse().ok()
    };
    text.lines().filter_map(after_inet).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_and_without_a_broadcast() {
        let text = "1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever\n\
                    2: eth0    inet 192.168.0.101/24 brd 192.168.0.255 scope global eth0\n\
                    2: eth0    inet 192.168.0.100/32 scope global eth0:0\n";
        let found: Vec<String> = addresses_in(text).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["127.0.0.1", "192.168.0.101", "192.168.0.100"]);
    }
}
