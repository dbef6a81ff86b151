//! Two "nodes" and a bridge between them, in network namespaces of their own: the network of a lab, without
//! guests.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use halab::model::NodeName;
use halab::model::guard::{Guard, GuardedNetwork, Port};

use super::server::{Reply, Server};
use super::synthetic::{mac, node};

pub const WEB: Ipv4Addr = Ipv4Addr::new(192, 168, 0, 100);

/// The number of networks made so far, so that each has names of its own.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A network, which is removed with everything in it when it is dropped.
pub struct Net {
    prefix: String,
}

pub fn run(words: &str) {
    let mut command = words.split_whitespace();
    let status = Command::new(command.next().unwrap()).args(command).status().unwrap();
    assert!(status.success(), "{words}");
}

impl Net {
    /// A bridge `public` with 192.168.0.1, and two nodes on it.
    pub fn new() -> Self {
        let net =
            Self { prefix: format!("hl{}x{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)) };
        let host = net.host();
        run(&format!("ip netns add {host}"));
        run(&format!("ip -n {host} link add public type bridge"));
        run(&format!("ip -n {host} addr add 192.168.0.1/24 dev public"));
        run(&format!("ip -n {host} link set public up"));
        run(&format!("ip -n {host} link set lo up"));
        for number in [1, 2] {
            let guest = net.guest(number);
            run(&format!("ip netns add {guest}"));
            let peer = format!("peer name eth0 address {} netns {guest}", mac(number));
            run(&format!("ip -n {host} link add node{number} type veth {peer}"));
            run(&format!("ip -n {host} link set node{number} master public up"));
            run(&format!("ip -n {guest} addr add 192.168.0.{}/24 dev eth0", 100 + number));
            run(&format!("ip -n {guest} link set eth0 up"));
        }
        net.guard();
        net
    }

    /// Puts the rules in force that an instance has.
    fn guard(&self) {
        let port = |number: u8| Port {
            node: node(number),
            tap: format!("node{number}"),
            mark: u32::from(number),
            mac: mac(number),
            virtual_macs: Vec::new(),
            sources: vec![Ipv4Addr::new(192, 168, 0, 100 + number), WEB],
            routes: false,
            internet: false,
        };
        let network = GuardedNetwork {
            name: "public".parse().unwrap(),
            subnet: "192.168.0.0/24".parse().unwrap(),
            host: Ipv4Addr::new(192, 168, 0, 1),
            joined: false,
            ports: vec![port(1), port(2)],
        };
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let rules = halab::testing::host::guard_rules(&Guard { networks: vec![network] });
        file.write_all(rules.as_bytes()).unwrap();
        run(&format!("ip netns exec {} nft -f {}", self.host(), file.path().display()));
        run(&format!("ip -n {} link set public type bridge no_linklocal_learn 1", self.host()));
    }

    pub fn host(&self) -> String {
        format!("{}-host", self.prefix)
    }

    pub fn guest(&self, number: u8) -> String {
        format!("{}-node{number}", self.prefix)
    }

    pub fn path(name: &str) -> PathBuf {
        PathBuf::from("/run/netns").join(name)
    }

    pub fn nodes() -> BTreeMap<u32, NodeName> {
        [1, 2].into_iter().map(|number| (u32::from(number), node(number))).collect()
    }

    /// A node takes the address, and announces it to the clients.
    pub fn take(&self, number: u8) -> (Instant, Instant) {
        let begun = Instant::now();
        run(&format!("ip -n {} addr add {WEB}/24 dev eth0", self.guest(number)));
        self.announce();
        (begun, Instant::now())
    }

    /// The clients drop their cached location of the address.
    pub fn announce(&self) {
        run(&format!("ip -n {} neigh flush dev public", self.host()));
    }

    /// A node releases the address.
    pub fn give_up(&self, number: u8) -> (Instant, Instant) {
        let begun = Instant::now();
        run(&format!("ip -n {} addr del {WEB}/24 dev eth0", self.guest(number)));
        (begun, Instant::now())
    }

    /// Disconnects a node from the wire at once, or reconnects it.
    pub fn wire(&self, number: u8, up: bool) {
        let state = if up { "up" } else { "down" };
        run(&format!("ip -n {} link set node{number} {state}", self.host()));
    }

    /// A server on port 80 of a node.
    pub fn serve(&self, number: u8, reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Server {
        let path = Self::path(&self.guest(number));
        let thread = std::thread::spawn(move || {
            halab::testing::base::netns::enter(&path).unwrap();
            Server::start(Ipv4Addr::UNSPECIFIED, 80, reply)
        });
        thread.join().unwrap()
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        for name in [self.guest(1), self.guest(2), self.host()] {
            let _ = Command::new("ip").args(["netns", "del", &name]).status();
        }
    }
}
