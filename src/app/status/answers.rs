//! The answers that were received about an instance, and the status that follows from them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::listing::{self, RoleTexts, Told};
use super::{AddressStatus, CheckStatus, FaultStatus, NodeStatus, RoleStatus, Status};
use crate::instance::Instance;
use crate::inventory::{GuestState, Inventory};
use crate::model::{MANAGEMENT_NETWORK, Node, NodeName};

/// The answer of a health check.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Health {
    /// It was not asked yet.
    #[default]
    Pending,
    /// It holds.
    Healthy,
    /// Why it does not.
    Unhealthy(String),
}

impl Health {
    /// The answer as the trouble that it found.
    pub fn of(trouble: Option<String>) -> Self {
        trouble.map_or(Self::Healthy, Self::Unhealthy)
    }

    /// Why it is not healthy, or not known to be.
    fn trouble(&self) -> Option<String> {
        match self {
            Self::Pending => Some("no answer yet".to_owned()),
            Self::Healthy => None,
            Self::Unhealthy(trouble) => Some(trouble.clone()),
        }
    }
}

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
    /// The texts of the roles of each node; a node that does not answer is absent.
    pub roles: BTreeMap<NodeName, RoleTexts>,
    /// The health checks, in the order of the description. Empty if the host is dead.
    pub health: Vec<Health>,
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

    /// Takes up what a node told of itself.
    pub fn hear(&mut self, node: &NodeName, told: Told) {
        match told {
            Told::Addresses(addresses) => {
                self.floods.remove(node);
                self.held.insert(node.clone(), addresses);
            }
            Told::Role(place, text) => {
                self.roles.entry(node.clone()).or_default().insert(place, text);
            }
        }
    }

    /// Forgets what a node told of itself.
    pub fn forget(&mut self, node: &NodeName) {
        self.held.remove(node);
        self.roles.remove(node);
    }

    /// The status of the instance.
    pub fn status(&self, instance: &Instance) -> Status {
        let alive = self.alive();
        let nodes = instance.lab.nodes.iter().map(|node| self.node(instance, node));
        let nodes: Vec<NodeStatus> = nodes.collect();
        let addresses = instance.lab.addresses.iter().map(|address| AddressStatus {
            address: address.name.to_string(),
            ip: address.ip.to_string(),
            holders: (!self.held.is_empty()).then(|| self.holders(address.ip)),
        });
        let checks: Vec<CheckStatus> = instance
            .desired
            .checks
            .iter()
            .zip(&self.health)
            .map(|(check, health)| CheckStatus {
                check: check.title.clone(),
                node: check.node.as_ref().map(ToString::to_string),
                healthy: *health == Health::Healthy,
                pending: *health == Health::Pending,
                trouble: health.trouble(),
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

    fn node(&self, instance: &Instance, node: &Node) -> NodeStatus {
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
            roles: self.roles(instance, node),
            trouble: self.floods.get(&node.name).cloned().or_else(|| {
                let is_paused = guest.is_some_and(|guest| guest.state == GuestState::Paused);
                self.paused.as_ref().filter(|_| is_paused).map(|why| format!("paused: {why}"))
            }),
            dropped: None,
        }
    }

    fn roles(&self, instance: &Instance, node: &Node) -> Vec<RoleStatus> {
        let texts = self.roles.get(&node.name);
        let told = listing::roles(&instance.desired, &node.name).enumerate().filter_map(|(place, role)| {
            let text = texts?.get(&place).filter(|text| !text.is_empty())?.clone();
            Some(RoleStatus { stack: role.stack.clone(), title: role.title.clone(), text })
        });
        told.collect()
    }

    fn holders(&self, ip: Ipv4Addr) -> Vec<String> {
        let has = |(_, addresses): &(&NodeName, &Vec<Ipv4Addr>)| addresses.contains(&ip);
        self.held.iter().filter(has).map(|(node, _)| node.to_string()).collect()
    }
}
