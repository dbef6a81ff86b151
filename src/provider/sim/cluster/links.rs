//! Reachability, with the faults that are in force.

use super::{Cluster, Life, Role};
use crate::fault::{How, Mechanism, Scope, Traffic};
use crate::model::{AddressName, NetworkName, NodeName};

/// The share of lost frames, in percent, from which a link carries no heartbeat for long enough.
const AS_GOOD_AS_CUT: u32 = 90;

impl Cluster {
    /// Whether a node runs: its kernel answers, and its programs do.
    pub fn is_on(&self, node: &NodeName) -> bool {
        self.life(node).is_some_and(|life| matches!(life, Life::On | Life::Stopping))
    }

    /// The state of a node; none if there is no such node.
    pub fn life(&self, node: &NodeName) -> Option<Life> {
        self.state.nodes.get(node).map(|own| own.life)
    }

    /// How often a node has lost its memory.
    pub fn lives(&self, node: &NodeName) -> u32 {
        self.state.nodes.get(node).map(|own| own.lives).unwrap_or_default()
    }

    /// Whether frames of one node reach another on a network; of some traffic, or of all.
    pub(super) fn passes(
        &self,
        from: &NodeName,
        to: &NodeName,
        network: &NetworkName,
        traffic: Option<Traffic>,
    ) -> bool {
        let tap = |node| self.layout.node(node).and_then(|node| node.nic(network)).map(|nic| &nic.tap);
        let (Some(near), Some(far)) = (tap(from), tap(to)) else { return false };
        !self.state.injections.values().any(|own| match &own.mechanism {
            Mechanism::Unplug { plugs } => plugs.iter().any(|plug| plug.tap == *near || plug.tap == *far),
            Mechanism::Filter(filter) => {
                let at = |tap: &String| filter.ports.iter().any(|port| port.tap == *tap);
                let scoped = match filter.scope {
                    Scope::Everybody | Scope::Nodes => true,
                    Scope::ToNodes => own.node == *from,
                    Scope::FromNodes => own.node == *to,
                    Scope::Clients => false,
                };
                let meant = filter.traffic.is_none_or(|cut| traffic == Some(cut));
                let cut = match filter.how {
                    How::All => true,
                    How::Percent(percent) => percent >= AS_GOOD_AS_CUT,
                    How::Above(_) => false,
                };
                let ours = (own.node == *from && at(near)) || (own.node == *to && at(far));
                ours && scoped && meant && cut
            }
            _ => false,
        })
    }

    /// The share of frames between clients and a node that are lost on a network, in percent.
    pub(super) fn lost_to_clients(&self, node: &NodeName, network: &NetworkName) -> u32 {
        let Some(nic) = self.layout.node(node).and_then(|node| node.nic(network)) else { return 100 };
        let lost = self.state.injections.values().map(|own| match &own.mechanism {
            Mechanism::Unplug { plugs } if plugs.iter().any(|plug| plug.tap == nic.tap) => 100,
            Mechanism::Filter(filter) if filter.traffic.is_none() => {
                let here = filter.ports.iter().any(|port| port.tap == nic.tap);
                match (filter.scope, filter.how) {
                    (Scope::Everybody | Scope::Clients, How::All) if here => 100,
                    (Scope::Everybody | Scope::Clients, How::Percent(percent)) if here => percent,
                    _ => 0,
                }
            }
            _ => 0,
        });
        lost.max().unwrap_or(0)
    }

    /// Whether the interface of a node on a network has a carrier.
    pub(super) fn has_carrier(&self, node: &NodeName, network: &NetworkName) -> bool {
        let Some(nic) = self.layout.node(node).and_then(|node| node.nic(network)) else { return false };
        !self.state.injections.values().any(|own| match &own.mechanism {
            Mechanism::Unplug { plugs } => plugs.iter().any(|plug| plug.tap == nic.tap),
            _ => false,
        })
    }

    /// The nodes that answer ARP requests for an address, the one that clients use first.
    pub fn holders(&self, address: &AddressName) -> Vec<NodeName> {
        let (Some(group), Some(own)) = (self.layout.groups.get(address), self.state.groups.get(address))
        else {
            return Vec::new();
        };
        let doubled = self.doubled_until.is_some_and(|until| self.state.now < until);
        let answers = |node: &&NodeName| {
            let role = own.members.get(*node).map(|member| member.role);
            let holds = role == Some(Role::Active) || (doubled && role == Some(Role::Standby));
            holds && self.is_on(node) && self.lost_to_clients(node, &group.network) < 100
        };
        let mut holders: Vec<NodeName> = group.members.iter().filter(answers).cloned().collect();
        holders.sort_by_key(|node| own.believed.as_ref() != Some(node));
        holders
    }

    /// The node that holds an address and runs.
    pub fn holder(&self, address: &AddressName) -> Option<NodeName> {
        let own = self.state.groups.get(address)?;
        let active = |node: &&NodeName| {
            own.members.get(*node).is_some_and(|member| member.role == Role::Active) && self.is_on(node)
        };
        let mut holders = own.members.keys().filter(active);
        let believed = own.believed.as_ref().filter(active);
        believed.or_else(|| holders.next()).cloned()
    }
}
