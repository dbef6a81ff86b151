//! Builds the model from a valid file.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::interfaces::{Taps, check_macs};
use super::nodes::MEMORY;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::labfile::file::{Entry, LabFile, NetworkTable, NodeTable};
use crate::model::{
    Disk, Lab, LabName, MANAGEMENT_NETWORK, MANAGEMENT_SUBNET, MacAddress, Network, NetworkName, Nic, Node,
    NodeName, StackUse, VirtualAddress, machine_uuid,
};

/// The lab of a checked file. `None`, or errors in `found`, for problems that show only now.
pub(super) fn lab(file: &LabFile, stacks: Vec<StackUse>, found: &mut Diagnostics) -> Option<Lab> {
    let name = file.name.as_ref()?.value.clone();
    let management: NetworkName = MANAGEMENT_NETWORK.parse().ok()?;
    let mut networks: Vec<Network> = Vec::new();
    for network in &file.network.entries {
        networks.push(build_network(file, network, found)?);
    }
    networks.push(Network {
        name: management,
        subnet: MANAGEMENT_SUBNET,
        host: nth(MANAGEMENT_SUBNET, 254)?,
        join: None,
    });
    let taps = Taps::new(file);
    let mut nodes = Vec::new();
    for (index, node) in file.node.entries.iter().enumerate() {
        nodes.push(build_node(&name, file, &networks, index, node, &taps)?);
    }
    let lab = Lab {
        title: file.title.as_ref().map_or_else(|| name.to_string(), |title| title.value.clone()),
        name,
        networks,
        nodes,
        addresses: file
            .address
            .entries
            .iter()
            .filter_map(|address| {
                let network = address.table.network.as_ref()?.value.parse().ok()?;
                Some(VirtualAddress {
                    name: address.name.clone(),
                    network,
                    ip: address.table.ip.as_ref()?.value,
                })
            })
            .collect(),
        stacks,
    };
    check_macs(&lab, file, found);
    Some(lab)
}

/// The address at an offset in a subnet.
fn nth(subnet: ipnet::Ipv4Net, offset: u32) -> Option<Ipv4Addr> {
    u32::from(subnet.network()).checked_add(offset).map(Ipv4Addr::from).filter(|ip| subnet.contains(ip))
}

fn build_network(
    file: &LabFile,
    network: &Entry<NetworkName, NetworkTable>,
    found: &mut Diagnostics,
) -> Option<Network> {
    let subnet = network.table.subnet.as_ref()?;
    let host = match &network.table.host {
        Some(host) => host.value,
        None => {
            let taken = taken(file);
            let last = u32::from(subnet.value.broadcast()) - 1;
            let first = u32::from(subnet.value.network()) + 1;
            // At most as many steps as there are addresses in the file.
            let free = (first..=last).rev().map(Ipv4Addr::from).find(|ip| !taken.contains(ip));
            if free.is_none() {
                found.push(
                    Diagnostic::error(
                        subnet.span.clone(),
                        format!("network `{}` has no address left", network.name),
                    )
                    .label("the embedded host needs one")
                    .help("use a larger subnet"),
                );
            }
            free?
        }
    };
    let join = network.table.bridge.as_ref().map(|bridge| bridge.value.clone());
    Some(Network { name: network.name.clone(), subnet: subnet.value, host, join })
}

/// Every address that the file assigns.
fn taken(file: &LabFile) -> BTreeSet<Ipv4Addr> {
    let nodes = file
        .node
        .entries
        .iter()
        .flat_map(|node| node.table.networks.iter().filter_map(|(_, ip)| ip.as_ref()));
    let virtuals = file.address.entries.iter().filter_map(|address| address.table.ip.as_ref());
    nodes.chain(virtuals).map(|ip| ip.value).collect()
}

fn build_node(
    lab: &LabName,
    file: &LabFile,
    networks: &[Network],
    index: usize,
    node: &Entry<NodeName, NodeTable>,
    taps: &Taps,
) -> Option<Node> {
    let (table, defaults) = (&node.table, &file.defaults);
    let mut nics = Vec::new();
    let own = table.networks.iter().map(|(name, ip)| Some((name.value.as_str(), ip.as_ref()?.value)));
    let management = nth(MANAGEMENT_SUBNET, u32::try_from(index).ok()? + 1)?;
    for (place, pair) in own.chain([Some((MANAGEMENT_NETWORK, management))]).enumerate() {
        let (network, ip) = pair?;
        let network = networks.iter().find(|known| known.name.as_str() == network)?;
        nics.push(Nic {
            network: network.name.clone(),
            device: format!("eth{place}"),
            ip,
            prefix: network.subnet.prefix_len(),
            mac: MacAddress::derive(lab, &node.name, network.name.as_str()),
            tap: taps.name(index, &node.name, place),
        });
    }
    let mut disks = Vec::new();
    for (letter, disk) in ('b'..='z').zip(&table.disk.entries) {
        let size = disk.table.as_ref()?.value;
        disks.push(Disk { name: disk.name.clone(), size, device: format!("vd{letter}") });
    }
    Some(Node {
        name: node.name.clone(),
        index,
        uuid: machine_uuid(lab, &node.name),
        image: table.image.as_ref().or(defaults.image.as_ref())?.value.parse().ok()?,
        memory: table.memory.as_ref().or(defaults.memory.as_ref()).map_or(MEMORY, |memory| memory.value),
        cpus: table.cpus.as_ref().or(defaults.cpus.as_ref()).map_or(1, |cpus| cpus.value),
        nics,
        disks,
        internet: table.internet.as_ref().is_some_and(|internet| internet.value),
    })
}
