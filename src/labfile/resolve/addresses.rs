//! Checks every address of a lab: inside its network, and unique.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::ops::Range;

use super::refer;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::labfile::file::{At, Entry, LabFile, NetworkTable};
use crate::model::{MANAGEMENT_NETWORK, NetworkName};

/// A use of an address.
struct Claim<'a> {
    ip: &'a At<Ipv4Addr>,
    /// The owner, for messages.
    holder: String,
    network: &'a Entry<NetworkName, NetworkTable>,
}

/// Every address of the file in a known network; unknown networks are reported.
fn claims<'a>(file: &'a LabFile, found: &mut Diagnostics) -> Vec<Claim<'a>> {
    let mut claims = Vec::new();
    for network in &file.network.entries {
        if let Some(ip) = &network.table.host {
            claims.push(Claim { ip, holder: format!("the host of `{}`", network.name), network });
        }
    }
    for node in &file.node.entries {
        for (name, ip) in &node.table.networks {
            if name.value == MANAGEMENT_NETWORK {
                found.push(
                    Diagnostic::error(name.span.clone(), "the management network is reserved for `lab`")
                        .help("delete this entry: every node is on it with an address of its own"),
                );
                continue;
            }
            let network = refer(&file.network, "network", name, found);
            if let (Some(network), Some(ip)) = (network, ip) {
                claims.push(Claim { ip, holder: format!("node `{}`", node.name), network });
            }
        }
    }
    for address in &file.address.entries {
        let name = address.table.network.as_ref();
        let network = name.and_then(|name| refer(&file.network, "network", name, found));
        if let (Some(network), Some(ip)) = (network, &address.table.ip) {
            claims.push(Claim { ip, holder: format!("the virtual address `{}`", address.name), network });
        }
    }
    claims
}

pub(super) fn check(file: &LabFile, found: &mut Diagnostics) {
    let mut holders: BTreeMap<Ipv4Addr, (String, Range<usize>)> = BTreeMap::new();
    for claim in claims(file, found) {
        check_place(&claim, found);
        let (ip, span) = (claim.ip.value, claim.ip.span.clone());
        match holders.get(&ip) {
            Some((first, place)) => found.push(
                Diagnostic::error(span, format!("{} has the address of {first}", claim.holder))
                    .label(format!("{ip} is taken"))
                    .related(place.clone(), "first given here")
                    .help("give each an address of its own"),
            ),
            None => {
                holders.insert(ip, (claim.holder, span));
            }
        }
    }
}

fn check_place(claim: &Claim<'_>, found: &mut Diagnostics) {
    let Some(subnet) = &claim.network.table.subnet else { return };
    let (ip, net, span) = (claim.ip.value, subnet.value, claim.ip.span.clone());
    let name = &claim.network.name;
    if !net.contains(&ip) {
        found.push(
            Diagnostic::error(span, format!("{} has an address outside its network", claim.holder))
                .label(format!("not in {net}"))
                .related(subnet.span.clone(), format!("the addresses of `{name}`")),
        );
    } else if ip == net.network() || ip == net.broadcast() {
        let what = if ip == net.network() { "the network itself" } else { "the broadcast address" };
        found.push(
            Diagnostic::error(span, format!("{} cannot have the address {ip}", claim.holder))
                .label(format!("means {what}"))
                .related(subnet.span.clone(), format!("the addresses of `{name}`")),
        );
    }
}
