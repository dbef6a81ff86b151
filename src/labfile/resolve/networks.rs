//! Checks networks: names, bridges and address ranges.

use ipnet::Ipv4Net;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::labfile::file::{At, Entry, LabFile, NetworkTable};
use crate::model::{MANAGEMENT_NETWORK, NetworkName};

type Network = Entry<NetworkName, NetworkTable>;

/// Names that a bridge of the embedded host cannot have: its loopback, its uplink, and two folders of
/// `/proc/sys/net/ipv4/conf`.
const RESERVED: [&str; 4] = ["lo", "uplink", "all", "default"];

/// The suffix of the interface that connects a joined network to its bridge (see [`crate::host::Uplink`]).
const JOIN_SUFFIX: &str = "-up";

/// The number of characters of the network's name in the name of that interface.
const JOIN_CHARACTERS: usize = 11;

/// Link-local addresses: used by the management network and the uplinks of embedded hosts.
const LINK_LOCAL: Ipv4Net = Ipv4Net::new_assert(std::net::Ipv4Addr::new(169, 254, 0, 0), 16);

/// Longer prefixes leave too few addresses besides those of the network and the broadcast.
const LONGEST_PREFIX: u8 = 29;

/// Shorter prefixes are taken for typing errors.
const SHORTEST_PREFIX: u8 = 8;

pub(super) fn check(file: &LabFile, found: &mut Diagnostics) {
    for (index, network) in file.network.entries.iter().enumerate() {
        check_name(network, found);
        check_join(network, file.network.entries.iter().take(index), found);
        if let Some(subnet) = &network.table.subnet {
            check_subnet(subnet, found);
            let earlier = file.network.entries.iter().take(index);
            check_overlap(network, subnet, earlier, found);
        }
    }
}

fn check_name(network: &Network, found: &mut Diagnostics) {
    let name = network.name.as_str();
    if name == MANAGEMENT_NETWORK {
        found.push(
            Diagnostic::error(
                network.span.clone(),
                format!("`{name}` is the network that every lab has already"),
            )
            .label("reserved for `lab` itself")
            .help("give this network another name"),
        );
    } else if RESERVED.contains(&name) || name.ends_with(JOIN_SUFFIX) {
        found.push(
            Diagnostic::error(network.span.clone(), format!("`{name}` cannot be the name of a network"))
                .label("the name of its bridge, which the embedded host uses for something else"),
        );
    }
}

/// The names of two joined networks must differ within their first characters.
fn check_join<'a>(
    network: &Network,
    mut earlier: impl Iterator<Item = &'a Network>,
    found: &mut Diagnostics,
) {
    let cut = |network: &Network| -> String { network.name.as_str().chars().take(JOIN_CHARACTERS).collect() };
    let same = |other: &&Network| other.table.bridge.is_some() && cut(other) == cut(network);
    if network.table.bridge.is_some()
        && let Some(other) = earlier.find(same)
    {
        let message = format!(
            "`{}` and `{}` begin with the same {JOIN_CHARACTERS} characters",
            other.name, network.name
        );
        found.push(
            Diagnostic::error(network.span.clone(), message)
                .label("both join a bridge")
                .related(other.span.clone(), "the other one")
                .help("rename one: the interfaces to their bridges are named after these characters"),
        );
    }
}

fn check_subnet(subnet: &At<Ipv4Net>, found: &mut Diagnostics) {
    let (net, span) = (subnet.value, subnet.span.clone());
    if net.addr() != net.network() {
        let right = net.trunc();
        found.push(
            Diagnostic::error(span, format!("`{net}` is an address, not a subnet"))
                .help(format!("write `\"{right}\"`"))
                .replace_with(format!("\"{right}\"")),
        );
    } else if net.prefix_len() > LONGEST_PREFIX || net.prefix_len() < SHORTEST_PREFIX {
        let size = if net.prefix_len() > LONGEST_PREFIX { "small" } else { "large" };
        found.push(
            Diagnostic::error(span, format!("`{net}` is too {size} for a network"))
                .label(match net.prefix_len() > LONGEST_PREFIX {
                    true => "the lab's own host and two nodes need an address each, and it has at most two",
                    false => "more addresses than any lab has nodes",
                })
                .help(format!("use a prefix from {SHORTEST_PREFIX} to {LONGEST_PREFIX}, such as `/24`")),
        );
    } else if net.addr().is_loopback()
        || net.addr().is_multicast()
        || net.addr().octets()[0] == 0
        || net.addr().octets()[0] >= 240
    {
        found.push(
            Diagnostic::error(span, format!("`{net}` is not a range for machines"))
                .help("use a private range, such as `10.0.0.0/24` or `192.168.0.0/24`"),
        );
    } else if overlap(net, LINK_LOCAL) {
        found.push(
            Diagnostic::error(span, format!("`{net}` overlaps what `lab` uses itself"))
                .label(format!("`lab` reaches the nodes over addresses of {LINK_LOCAL}"))
                .help("use a private range, such as `10.0.0.0/24` or `192.168.0.0/24`"),
        );
    }
}

fn overlap(one: Ipv4Net, other: Ipv4Net) -> bool {
    one.contains(&other.network()) || other.contains(&one.network())
}

fn check_overlap<'a>(
    network: &Network,
    subnet: &At<Ipv4Net>,
    earlier: impl Iterator<Item = &'a Network>,
    found: &mut Diagnostics,
) {
    for other in earlier {
        let Some(first) = other.table.subnet.as_ref().filter(|first| overlap(subnet.value, first.value))
        else {
            continue;
        };
        found.push(
            Diagnostic::error(
                subnet.span.clone(),
                format!("networks `{}` and `{}` share addresses", other.name, network.name),
            )
            .label(format!("overlaps {}", first.value))
            .related(first.span.clone(), format!("`{}` is here", other.name))
            .help("each network needs a range of its own"),
        );
    }
}
