//! Translates the rules for an instance's networks into nftables. Pure.
//!
//! The table of the bridge family binds each port to its node. A frame from a port without rules is dropped.
//! The table of the family `inet` decides what reaches the embedded host itself and what it passes on: no
//! packet between networks, so that no route leads around a fault. It tracks connections for an uplink only:
//! the clients of a drill may open more than a table of connections can hold.

use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::UPLINK;
use crate::model::guard::{Guard, GuardedNetwork, Port};
use crate::model::{MANAGEMENT_NETWORK, MacAddress};

/// The name of both tables.
pub(in crate::host) const TABLE: &str = "halab-guard";

/// Before the rules of faults (priority 0), so that these count only what a node really sent.
const PRIORITY: i32 = -300;

/// The most frames that a port takes in a second. The drills of the bundled labs stay below a hundredth.
const FRAMES: u32 = 100_000;

/// The most frames to all or several ports that a port takes in a second.
const BROADCASTS: u32 = 5_000;

/// The input of `nft -f` that puts the rules in force, in place of earlier ones.
pub fn ruleset(guard: &Guard) -> String {
    let mut text = String::new();
    for (family, chains) in [("bridge", ports(guard)), ("inet", host(guard))] {
        let _ = write!(
            text,
            "table {family} {TABLE} {{}}\ndelete table {family} {TABLE}\ntable {family} {TABLE} {{\n{chains}}}\n"
        );
    }
    text
}

/// A chain with its rules, one on each line.
fn chain(name: &str, rules: impl IntoIterator<Item = String>) -> String {
    let rules: String = rules.into_iter().map(|rule| format!("    {rule}\n")).collect();
    format!("  chain {name} {{\n{rules}  }}\n")
}

fn hook(hook: &str, policy: &str) -> String {
    format!("type filter hook {hook} priority {PRIORITY}; policy {policy};")
}

/// The rules for frames from ports.
fn ports(guard: &Guard) -> String {
    let all =
        || guard.networks.iter().flat_map(|network| network.ports.iter().map(move |port| (network, port)));
    let mut text: String = all()
        .flat_map(|(_, port)| [flood(port), forged(port)])
        .map(|name| format!("  counter {name} {{ }}\n"))
        .collect();
    let joined = guard.networks.iter().filter(|network| network.joined);
    let joined =
        joined.map(|network| format!("\"{}\" : accept", crate::host::uplink::join_end(&network.name)));
    let known: Vec<String> =
        all().map(|(_, port)| format!("\"{0}\" : goto from-{0}", port.tap)).chain(joined).collect();
    for (network, port) in all() {
        text += &chain(&format!("from-{}", port.tap), port_rules(network, port));
    }
    let known = match known.is_empty() {
        true => Vec::new(),
        false => vec![format!("iifname vmap {{ {} }}", known.join(", "))],
    };
    text + &chain("ports", std::iter::once(hook("prerouting", "drop")).chain(known))
}

/// The name of the counter of frames beyond the most that a port takes.
pub(super) fn flood(port: &Port) -> String {
    format!("flood-{}", port.tap)
}

/// The name of the counter of frames with another sender than the port's node.
pub(super) fn forged(port: &Port) -> String {
    format!("forged-{}", port.tap)
}

/// The rules for frames from one port. What none accepts is dropped.
fn port_rules(network: &GuardedNetwork, port: &Port) -> Vec<String> {
    let (flood, forged) = (flood(port), forged(port));
    let macs = set(std::iter::once(port.mac).chain(port.virtual_macs.iter().copied()));
    let sources = set(port.sources.iter().copied().chain([Ipv4Addr::UNSPECIFIED]));
    let above = |most: u32| format!("limit rate over {most}/second burst {most} packets");
    let drop_forged = format!("counter name \"{forged}\" drop");
    let mut rules = vec![
        format!("{} counter name \"{flood}\" drop", above(FRAMES)),
        format!(
            "meta pkttype {{ broadcast, multicast }} {} counter name \"{flood}\" drop",
            above(BROADCASTS)
        ),
        format!("ether saddr != {macs} {drop_forged}"),
        // A tag that is in the frame's metadata is not seen by the rules below.
        format!("ether type {{ 8021q, 8021ad }} {drop_forged}"),
        format!("meta mark set {}", port.mark),
        format!(
            "ether type arp arp htype 1 arp ptype ip arp hlen 6 arp plen 4 arp saddr ether {macs} \
             arp saddr ip {sources} accept"
        ),
        // QEMU announces a restored machine by it.
        "ether type 0x8035 accept".to_owned(),
    ];
    if network.joined {
        rules.push(format!("udp sport {{ 67, 547 }} {drop_forged}"));
    }
    rules.push(match port.routes {
        true => "ether type ip accept".to_owned(),
        false => format!("ip saddr {sources} accept"),
    });
    // Labs have no IPv6 addresses, and a kernel has this one by itself.
    let own = link_local(port.mac);
    rules.extend([
        format!("icmpv6 type {{ nd-router-advert, nd-redirect }} {drop_forged}"),
        format!("icmpv6 type nd-neighbor-advert @th,64,128 != {:#x} {drop_forged}", u128::from(own)),
        format!("ip6 saddr {{ ::, {own} }} accept"),
        drop_forged,
    ]);
    rules
}

/// The rules for packets to the embedded host, and through it.
fn host(guard: &Guard) -> String {
    let mut text: String = guard
        .networks
        .iter()
        .map(|network| {
            let own = set([network.host, network.subnet.broadcast(), Ipv4Addr::BROADCAST]);
            chain(
                &format!("to-host-{}", network.name),
                [
                    // Its address on another network, or of another machine.
                    "meta nfproto != ipv4 drop".to_owned(),
                    format!("ip daddr != {own} ip daddr != 224.0.0.0/4 drop"),
                    // Guests open no connections to it. Without state, so no table can be full.
                    "tcp flags & (syn | ack) == syn drop".to_owned(),
                ],
            )
        })
        .collect();
    let mut input = vec![hook("input", "accept")];
    input.extend(
        guard.networks.iter().map(|network| format!("iifname \"{0}\" goto to-host-{0}", network.name)),
    );
    // Where the kernel passes bridged frames through these rules, too.
    let bridged = |network: &&GuardedNetwork| network.name.as_str() != MANAGEMENT_NETWORK;
    let bridged = guard.networks.iter().filter(bridged);
    let mut forward = vec![hook("forward", "drop")];
    forward.extend(bridged.map(|network| format!("iifname \"{0}\" oifname \"{0}\" accept", network.name)));
    if guard.has_internet() {
        let (inside, outside) = (MANAGEMENT_NETWORK, UPLINK);
        let known = "ct state { established, related }";
        input.push(format!("iifname \"{outside}\" {known} accept"));
        input.push(format!("iifname \"{outside}\" drop"));
        for port in guard.networks.iter().flat_map(|network| &network.ports).filter(|port| port.internet) {
            let from = format!("ether saddr {} ip saddr {}", port.mac, set(port.sources.iter().copied()));
            forward.push(format!("iifname \"{inside}\" oifname \"{outside}\" {from} accept"));
        }
        forward.push(format!("iifname \"{outside}\" oifname \"{inside}\" {known} accept"));
        let untracked = [format!("iifname != {{ \"{inside}\", \"{outside}\" }} notrack")];
        text += &chain("untracked", std::iter::once(hook("prerouting", "accept")).chain(untracked));
        let untracked = [format!("oifname != \"{outside}\" notrack")];
        text += &chain("untracked-own", std::iter::once(hook("output", "accept")).chain(untracked));
    }
    text + &chain("input", input) + &chain("forward", forward)
}

fn set<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    format!("{{ {} }}", items.join(", "))
}

/// The address that a kernel forms of an Ethernet address (RFC 4291, appendix A).
fn link_local(mac: MacAddress) -> Ipv6Addr {
    let [a, b, c, d, e, f] = mac.0;
    Ipv6Addr::from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f])
}

/// Rules of every kind.
pub(super) fn example() -> Guard {
    let port = |node: &str, mark, network: &str, third: u8| Port {
        node: node.parse().expect("a name"),
        tap: format!("{node}-{network}"),
        mark,
        mac: MacAddress([0x52, 0x54, 0, 0, third, mark as u8]),
        virtual_macs: Vec::new(),
        sources: vec![Ipv4Addr::new(10, 0, third, mark as u8)],
        routes: false,
        internet: false,
    };
    let network = |name: &str, third: u8| GuardedNetwork {
        name: name.parse().expect("a name"),
        subnet: ipnet::Ipv4Net::new_assert(Ipv4Addr::new(10, 0, third, 0), 24),
        host: Ipv4Addr::new(10, 0, third, 254),
        joined: name == "public",
        ports: vec![port("one", 1, name, third), port("two", 2, name, third)],
    };
    let mut guard = Guard { networks: vec![network("public", 1), network(MANAGEMENT_NETWORK, 2)] };
    let [public, management] = guard.networks.as_mut_slice() else { return guard };
    public.ports[0].virtual_macs = vec![MacAddress([0, 0, 0x5e, 0, 1, 7])];
    public.ports[0].sources.push(Ipv4Addr::new(10, 0, 1, 100));
    public.ports[1].routes = true;
    management.ports[0].internet = true;
    guard
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_every_kind() {
        insta::assert_snapshot!(ruleset(&example()));
    }

    #[test]
    fn a_lab_without_networks_has_valid_rules() {
        assert!(ruleset(&Guard::default()).contains("policy drop"));
    }

    #[test]
    fn the_kernel_has_such_an_address() {
        let mac = MacAddress([0x52, 0x54, 0, 0x12, 0x34, 0x56]);
        assert_eq!(link_local(mac).to_string(), "fe80::5054:ff:fe12:3456");
    }

    /// The kernel and the `nft` of this machine.
    #[test]
    fn the_rules_are_valid() {
        if rustix::process::geteuid().is_root() {
            super::super::is_possible().unwrap();
        }
    }
}
