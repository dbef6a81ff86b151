//! The address pair of an uplink, and the rules of nftables for it. Pure.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::host::guard::UPLINK;
use crate::model::{MANAGEMENT_NETWORK, MANAGEMENT_SUBNET};

/// The addresses of uplinks: reserved for tests of devices (RFC 2544), so no network of a machine has them.
const POOL: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(198, 18, 0, 0), 15);

/// How many pairs of four addresses the pool has.
const PAIRS: u32 = 1 << 15;

/// The beginning of the names of uplinks on the machine.
const PREFIX: &str = "labn";

/// The destinations that are not the Internet (RFC 6890), and all multicast.
const NOT_INTERNET: [&str; 14] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
];

/// What an instance may send to the Internet or get from there, in each direction: 100 Mbit/s.
const RATE: &str = "limit rate over 12500 kbytes/second burst 2500 kbytes";

/// How many connections an instance may begin: enough for a browser, too few to scan networks.
const CONNECTIONS: &str = "limit rate over 100/second burst 400 packets";

/// The table for the interfaces of the machine's default routes.
const WAYS_OUT: &str = "halab-ways-out";

/// The address pair of an uplink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair(u32);

impl Pair {
    /// All pairs.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..PAIRS).map(Self)
    }

    /// The pair with this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        name.parse().ok().filter(|number| *number < PAIRS).map(Self)
    }

    /// Its name in the registry.
    pub(super) fn name(self) -> String {
        self.0.to_string()
    }

    /// The interface on the machine.
    pub(super) fn interface(self) -> String {
        format!("{PREFIX}{}", self.0)
    }

    fn network(self) -> Ipv4Net {
        Ipv4Net::new_assert(Ipv4Addr::from(u32::from(POOL.network()) + 4 * self.0), 30)
    }

    fn at(self, place: u32) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.network().network()) + place)
    }

    /// The machine's address.
    pub(super) fn machine(self) -> Ipv4Addr {
        self.at(1)
    }

    /// The address in the instance.
    pub(super) fn inside(self) -> Ipv4Addr {
        self.at(2)
    }

    /// Whether a network contains addresses of it.
    pub(super) fn is_in(self, network: &Ipv4Net) -> bool {
        network.contains(&self.network().network()) || self.network().contains(&network.network())
    }

    fn table(self) -> String {
        format!("halab-uplink-{}", self.0)
    }
}

/// Drops what is not for the Internet.
fn denied(own: &[Ipv4Net]) -> String {
    let reserved = NOT_INTERNET.iter().filter_map(|net| net.parse().ok());
    let all: Vec<Ipv4Net> = reserved.chain(own.iter().map(Ipv4Net::trunc)).collect();
    let all: Vec<String> = Ipv4Net::aggregate(&all).iter().map(ToString::to_string).collect();
    format!("ip daddr {{ {} }} drop", all.join(", "))
}

/// The rules on the machine: everything is denied but the Internet.
///
/// `own` is what the machine reaches without its default route. The name servers are excepted.
pub(super) fn machine(pair: &Pair, own: &[Ipv4Net], servers: &[Ipv4Addr]) -> String {
    let (interface, inside) = (pair.interface(), pair.inside());
    let known = "ct state { established, related }";
    let names: Vec<String> = servers
        .iter()
        .flat_map(|server| ["udp", "tcp"].map(|by| format!("ip daddr {server} {by} dport 53 accept")))
        .collect();
    let denied = denied(own);
    let chains = [
        chain(
            "out",
            [
                "meta nfproto != ipv4 drop".to_owned(),
                format!("ip saddr != {inside} drop"),
                format!("{RATE} drop"),
                format!("ct state new {CONNECTIONS} drop"),
            ]
            .into_iter()
            .chain(names.iter().cloned())
            .chain([denied, "tcp dport 25 drop".to_owned()]),
        ),
        // The machine answers nothing, and gets only answers.
        chain("own", [known.to_owned() + " accept"].into_iter().chain(names).chain(["drop".to_owned()])),
        chain("input", [hook("filter hook input", -10), format!("iifname \"{interface}\" jump own")]),
        chain(
            "forward",
            [
                hook("filter hook forward", -10),
                format!("iifname \"{interface}\" oifname \"{PREFIX}*\" drop"),
                format!("iifname \"{interface}\" jump out"),
                format!("oifname \"{interface}\" ct state != {{ established, related }} drop"),
                format!("oifname \"{interface}\" {RATE} drop"),
            ],
        ),
        chain("post", [hook("nat hook postrouting", 100), format!("ip saddr {inside} masquerade")]),
    ];
    replaced("inet", &pair.table(), &chains.concat())
}

/// The rules in the instance: guests ask its address for names, and it passes them to a name server. The
/// destinations are denied here, too: on the machine, another program may delete all rules.
pub(super) fn inside(management: Ipv4Addr, own: &[Ipv4Net], server: Option<Ipv4Addr>) -> String {
    let protocols = || server.into_iter().flat_map(|server| ["udp", "tcp"].map(|by| (server, by)));
    let names = protocols().map(|(server, by)| {
        format!("iifname \"{MANAGEMENT_NETWORK}\" ip daddr {management} {by} dport 53 dnat to {server}")
    });
    let asked = protocols().map(|(server, by)| format!("ip daddr {server} {by} dport 53 accept"));
    let out = asked.chain([denied(own), "tcp dport 25 drop".to_owned()]);
    let chains = [
        chain("names", std::iter::once(hook("nat hook prerouting", -100)).chain(names)),
        chain("out", out),
        chain("forward", [hook("filter hook forward", 0), format!("oifname \"{UPLINK}\" jump out")]),
        chain(
            "post",
            [
                hook("nat hook postrouting", 100),
                format!("ip saddr {MANAGEMENT_SUBNET} oifname \"{UPLINK}\" masquerade"),
            ],
        ),
    ];
    replaced("ip", "halab-uplink", &chains.concat())
}

/// Deletes the rules on the machine, if they exist.
pub(super) fn removal(pair: &Pair) -> String {
    let table = pair.table();
    format!("table inet {table} {{}}\ndelete table inet {table}\n")
}

/// The rules for interfaces whose forwarding was off: only answers come in there, and what other rules of the
/// machine redirect, such as those of containers.
pub(super) fn ways_out<'a>(interfaces: impl Iterator<Item = &'a String>) -> String {
    let allowed = ["ct state { established, related } accept", "ct status dnat accept"].map(str::to_owned);
    let rule = |name: &String| format!("iifname \"{name}\" drop");
    let begin = [hook("filter hook forward", -10)].into_iter().chain(allowed);
    let rules = begin.chain(interfaces.map(rule));
    replaced("inet", WAYS_OUT, &chain("forward", rules))
}

/// Deletes them, if they exist.
pub(super) fn ways_out_removal() -> String {
    format!("table inet {WAYS_OUT} {{}}\ndelete table inet {WAYS_OUT}\n")
}

fn replaced(family: &str, table: &str, chains: &str) -> String {
    format!(
        "table {family} {table} {{}}\ndelete table {family} {table}\ntable {family} {table} {{\n{chains}}}\n"
    )
}

fn hook(hook: &str, priority: i32) -> String {
    format!("type {hook} priority {priority}; policy accept;")
}

fn chain(name: &str, rules: impl IntoIterator<Item = String>) -> String {
    let rules: String = rules.into_iter().map(|rule| format!("    {rule}\n")).collect();
    format!("  chain {name} {{\n{rules}  }}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_every_kind() {
        let (own, server) = (["203.0.113.77/24".parse().unwrap()], [Ipv4Addr::new(10, 0, 0, 53)]);
        let management = Ipv4Addr::new(169, 254, 77, 254);
        let texts = [
            machine(&Pair(5), &own, &server),
            inside(management, &own, server.first().copied()),
            inside(management, &[], None),
            ways_out(["eth0".to_owned()].iter()),
            removal(&Pair(5)),
        ];
        insta::assert_snapshot!(texts.join("\n"));
    }

    #[test]
    fn pairs_never_overlap_and_are_in_the_pool() {
        let mut last = u32::from(POOL.network()) - 1;
        for pair in Pair::all() {
            let net = pair.network();
            assert!(POOL.contains(&net) && net.contains(&pair.machine()) && net.contains(&pair.inside()));
            assert_eq!(u32::from(net.network()), last + 1);
            assert_eq!(Pair::named(&pair.name()), Some(pair));
            last = u32::from(net.broadcast());
        }
        assert_eq!(last, u32::from(POOL.broadcast()));
        assert_eq!(Pair::named("32768"), None);
    }
}
