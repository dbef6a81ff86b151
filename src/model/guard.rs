//! The rules for the ports of an instance's networks: which addresses a guest may send from, and which guests
//! reach the Internet.
//!
//! A guest's root can send any frame. The rules bind each port to its node, so that a frame's Ethernet and
//! IPv4 source are known to be true.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::{
    Duty, Lab, MANAGEMENT_NETWORK, MacAddress, Network, NetworkName, Nic, Node, NodeName, StackUse, Value,
    VirtualAddress,
};

/// The duties that move or hold a virtual address.
const HOLDING: [Duty; 5] = [Duty::Heartbeat, Duty::Vrrp, Duty::Carp, Duty::Corosync, Duty::Fixed];

/// The rules of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Guard {
    /// Its networks, the management network last.
    pub networks: Vec<GuardedNetwork>,
}

/// The rules of a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardedNetwork {
    /// Its name, which is also that of its bridge.
    pub name: NetworkName,
    /// Its addresses.
    pub subnet: Ipv4Net,
    /// The embedded host's own address in it.
    pub host: Ipv4Addr,
    /// Whether it joins a bridge of the machine.
    pub joined: bool,
    /// The ports of its nodes.
    pub ports: Vec<Port>,
}

/// The port of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// The node.
    pub node: NodeName,
    /// Its tap device.
    pub tap: String,
    /// The mark of frames that came from it: [`Node::mark`].
    pub mark: u32,
    /// The node's Ethernet address.
    pub mac: MacAddress,
    /// The Ethernet addresses of virtual routers that it may send from, too.
    pub virtual_macs: Vec<MacAddress>,
    /// The IPv4 addresses that it may send from, and answer ARP for.
    pub sources: Vec<Ipv4Addr>,
    /// Whether it may pass on IPv4 packets of others.
    pub routes: bool,
    /// Whether it reaches the Internet.
    pub internet: bool,
}

/// The frames of a node that its ports have dropped, since its instance's rules came into force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Dropped {
    /// Frames with a sender that the node may not have, or of a kind that no node may send.
    pub forged: u64,
    /// Frames beyond the most that a port takes in a second.
    pub flood: u64,
}

impl Node {
    /// The mark of frames from this node; never 0, which frames from elsewhere have.
    pub fn mark(&self) -> u32 {
        u32::try_from(self.index).unwrap_or(u32::MAX - 1) + 1
    }
}

impl Guard {
    /// The rules for a lab.
    pub fn of(lab: &Lab) -> Self {
        let network = |network: &Network| GuardedNetwork {
            name: network.name.clone(),
            subnet: network.subnet,
            host: network.host,
            joined: network.join.is_some(),
            ports: lab
                .nodes
                .iter()
                .filter_map(|node| Some(port(lab, network, node, node.nic(&network.name)?)))
                .collect(),
        };
        Self { networks: lab.networks.iter().map(network).collect() }
    }

    /// Whether a node reaches the Internet.
    pub fn has_internet(&self) -> bool {
        self.networks.iter().flat_map(|network| &network.ports).any(|port| port.internet)
    }
}

fn port(lab: &Lab, network: &Network, node: &Node, nic: &Nic) -> Port {
    let is_management = network.name.as_str() == MANAGEMENT_NETWORK;
    let stacks = || lab.stacks_on(&node.name).filter(|_| !is_management);
    // With a static route a node also answers on one of its networks with its address of another.
    let own = node.own_nics().iter().filter(|_| !is_management).map(|nic| nic.ip);
    let held = lab.addresses.iter().filter(|address| address.network == network.name);
    let held = held.filter(|address| may_hold(lab, address, node)).map(|address| address.ip);
    let sources: BTreeSet<Ipv4Addr> = own.chain([nic.ip]).chain(held).collect();
    let on_it = |stack: &&StackUse| {
        let address = addresses(stack).find_map(|name| lab.address(name));
        address.is_some_and(|address| address.network == network.name)
    };
    let virtual_macs: BTreeSet<MacAddress> = stacks().filter(on_it).filter_map(virtual_mac).collect();
    Port {
        node: node.name.clone(),
        tap: nic.tap.clone(),
        mark: node.mark(),
        mac: nic.mac,
        virtual_macs: virtual_macs.into_iter().collect(),
        sources: sources.into_iter().collect(),
        routes: stacks().any(|stack| stack.does(Duty::Route)),
        internet: is_management && node.internet,
    }
}

/// The virtual addresses among the parameters of a stack.
fn addresses(stack: &StackUse) -> impl Iterator<Item = &super::AddressName> {
    stack.params.values().filter_map(|value| match value {
        Value::Address(name) => Some(name),
        _ => None,
    })
}

/// Whether a node is of a stack that holds the address; without one, of a stack that has it as a parameter;
/// without one of these, any node.
fn may_hold(lab: &Lab, address: &VirtualAddress, node: &Node) -> bool {
    let has = |stack: &&StackUse| addresses(stack).any(|name| *name == address.name);
    let holds = |stack: &StackUse| HOLDING.into_iter().any(|duty| stack.does(duty));
    let named: Vec<&StackUse> = lab.stacks.iter().filter(has).collect();
    let holders: Vec<&StackUse> = named.iter().copied().filter(|stack| holds(stack)).collect();
    let chosen = if holders.is_empty() { named } else { holders };
    chosen.is_empty() || chosen.iter().any(|stack| stack.on.contains(&node.name))
}

/// The virtual Ethernet address of a stack. Descriptions of earlier versions lack it.
fn virtual_mac(stack: &StackUse) -> Option<MacAddress> {
    let formerly = || match (stack.uses.as_str(), stack.params.get("vhid")) {
        ("ucarp", Some(Value::Integer(number))) => {
            Some(MacAddress([0x00, 0x00, 0x5e, 0x00, 0x00, u8::try_from(*number).ok()?]))
        }
        _ => None,
    };
    stack.virtual_mac.or_else(formerly)
}
