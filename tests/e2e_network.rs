//! A hostile root in a guest: it sends as another node, walks round a fault, and looks for services of the
//! embedded host.

#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "guests/sandbox.rs"]
mod sandbox;

use std::net::{TcpListener, UdpSocket};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use sandbox::{Sandbox, eventually};

const LAB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/labs/pair.toml");

/// Sends ARP answers and a packet from an interface: with the addresses that follow, `ETHER SENDER IP` each.
const FORGE: &str = r#"
my $device = shift;
open my $file, '<', "/sys/class/net/$device/address" or die; chomp(my $own = <$file>);
open $file, '<', "/sys/class/net/$device/ifindex" or die; chomp(my $index = <$file>);
socket my $socket, 17, 3, 0 or die $!;
my $to = pack 'S n i S C C a8', 17, 0x806, $index, 0, 0, 6, "\xff" x 6;
sub mac { pack 'H12', ($_[0] eq 'own' ? $own : $_[0]) =~ s/://gr }
while (my ($ether, $sender, $ip) = splice @ARGV, 0, 3) {
    my $address = pack 'C4', split /\./, $ip;
    my $arp = pack('n n C C n', 1, 0x800, 6, 4, 2) . mac($sender) . $address . "\xff" x 6 . $address;
    my $frame = "\xff" x 6 . mac($ether) . pack('n', 0x806) . $arp . "\0" x 18;
    send $socket, $frame, 0, $to or die $! for 1 .. 3;
}
"#;

struct Pair<'a> {
    sandbox: &'a Sandbox,
    name: &'a str,
}

impl Pair<'_> {
    fn netns(&self) -> PathBuf {
        PathBuf::from(format!("/run/netns/lab-{}", self.name))
    }

    /// Runs something in a thread that is on the embedded host.
    fn there<T: Send>(&self, run: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                halab::testing::base::netns::enter(&self.netns()).unwrap();
                run()
            });
            thread.join().unwrap()
        })
    }

    fn host(&self, words: &str) -> String {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &format!("lab-{}", self.name)]).args(words.split(' '));
        String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned()
    }

    fn node(&self, node: &str, words: &[&str]) -> sandbox::Ran {
        self.sandbox.lab(["exec", "--lab", self.name, node, "--"].iter().chain(words))
    }

    /// Whether a node gets an answer from an address.
    fn reaches(&self, node: &str, address: &str) -> bool {
        self.node(node, &["ping", "-q", "-c", "2", "-W", "2", address]).status == Some(0)
    }

    fn mac(&self, node: &str, device: &str) -> String {
        let file = format!("/sys/class/net/{device}/address");
        self.node(node, &["cat", &file]).ok().stdout.trim().to_owned()
    }

    /// The frames of a port that were dropped because they were forged.
    fn forged(&self, tap: &str) -> u64 {
        let text = self.host(&format!("nft list counter bridge halab-guard forged-{tap}"));
        let mut words = text.split_whitespace().skip_while(|word| *word != "packets");
        words.nth(1).and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("{text}"))
    }
}

#[test]
#[ignore = "needs root, and boots guests"]
fn a_hostile_node_is_only_itself_and_finds_no_way_round() {
    let mut sandbox = Sandbox::enter();
    let name = sandbox.instance("network");
    sandbox.lab(["up", LAB, "--as", &name]).ok();
    let pair = Pair { sandbox: &sandbox, name: &name };
    the_labs_own_files_and_scripts(&pair);
    forged_addresses(&pair);
    a_way_round_a_partition(&pair);
    services_of_the_host(&pair);
    assert_eq!(pair.host("sysctl -n net.ipv4.ip_forward").trim(), "0");
    assert_eq!(pair.forged("node1-eth0"), 0, "an honest node sends nothing forged");
    status_names_the_liar(&pair);
}

/// Scripts run once, after the files are there.
fn the_labs_own_files_and_scripts(pair: &Pair<'_>) {
    let again = pair.sandbox.lab(["up", pair.name]).ok();
    assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);
    for (node, peer) in [("node1", "node2"), ("node2", "node1")] {
        let log = pair.node(node, &["cat", "/root/own.log"]).ok().stdout;
        assert_eq!(log, format!("ran on {node} beside {peer}\n"));
    }
}

fn forged_addresses(pair: &Pair<'_>) {
    let (first, second) = (pair.mac("node1", "eth0"), pair.mac("node2", "eth0"));
    let holder = || {
        pair.host("ip neigh flush dev public");
        pair.host("ping -q -c 1 -W 5 192.168.0.100");
        pair.host("ip neigh show 192.168.0.100 dev public")
    };
    assert!(holder().contains(&first), "{}", holder());
    let before = pair.forged("node2-eth0");
    // As a second holder of the address, as node1 for it, as node1 by its Ethernet address, and as the host.
    let forged = [
        ("own", "own", "192.168.0.100"),
        ("own", "own", "192.168.0.101"),
        ("own", first.as_str(), "192.168.0.100"),
        (first.as_str(), first.as_str(), "192.168.0.102"),
        ("own", "own", "192.168.0.110"),
    ];
    let words: Vec<&str> = forged.iter().flat_map(|(ether, sender, ip)| [*ether, *sender, *ip]).collect();
    pair.node("node2", &[&["perl", "-e", FORGE, "eth0"], &words[..]].concat()).ok();
    let wanted = before + 3 * forged.len() as u64;
    eventually("the count of forged frames", Duration::from_secs(10), || pair.forged("node2-eth0") >= wanted);
    assert!(holder().contains(&first), "{}", holder());
    // Its own address it may tell.
    let counted = pair.forged("node2-eth0");
    pair.node("node2", &["perl", "-e", FORGE, "eth0", "own", "own", "192.168.0.102"]).ok();
    pair.host("ping -q -c 1 -W 5 192.168.0.102");
    assert!(pair.host("ip neigh show 192.168.0.102 dev public").contains(&second));
    assert_eq!(pair.forged("node2-eth0"), counted);
    // A packet with the address of another.
    pair.node("node2", &["ip", "addr", "add", "192.168.0.101/32", "dev", "lo"]).ok();
    pair.node("node2", &["ping", "-q", "-c", "1", "-W", "1", "-I", "192.168.0.101", "192.168.0.110"]);
    assert!(pair.forged("node2-eth0") > counted);
    pair.node("node2", &["ip", "addr", "del", "192.168.0.101/32", "dev", "lo"]).ok();
}

fn a_way_round_a_partition(pair: &Pair<'_>) {
    assert!(pair.reaches("node2", "192.168.0.101"));
    pair.sandbox.lab(["fault", "inject", "--lab", pair.name, "node2", "partition"]).ok();
    let management = |node: &str| {
        let told = pair.node(node, &["ip", "-4", "-o", "addr", "show", "to", "169.254.77.0/24"]).ok().stdout;
        let address = told.split_whitespace().find(|word| word.starts_with("169.254.77."));
        address.and_then(|word| word.split('/').next()).unwrap_or_default().to_owned()
    };
    let own = management("node1");
    assert!(!pair.reaches("node2", "192.168.0.101"), "the partition");
    assert!(!pair.reaches("node2", &own), "from port to port of the management network");
    let gateways = ["169.254.77.254", "192.168.0.110", "10.10.0.254", own.as_str()];
    for gateway in gateways {
        // Both ways, so that an answer would come back.
        for (node, other) in [("node2", "192.168.0.101/32"), ("node1", "192.168.0.102/32")] {
            pair.node(node, &["ip", "route", "replace", other, "via", gateway]);
        }
        assert!(!pair.reaches("node2", "192.168.0.101"), "through {gateway}");
    }
    for (node, other) in [("node2", "192.168.0.101/32"), ("node1", "192.168.0.102/32")] {
        pair.node(node, &["ip", "route", "del", other]);
    }
    pair.sandbox.lab(["fault", "heal", "--lab", pair.name]).ok();
    assert!(pair.reaches("node2", "192.168.0.101"), "healed");
}

fn status_names_the_liar(pair: &Pair<'_>) {
    let text = pair.sandbox.lab(["status", pair.name]).ok().stdout;
    let line = text.lines().find(|line| line.contains("forged frames")).unwrap_or_else(|| panic!("{text}"));
    assert!(line.starts_with("node2: "), "{text}");
    let json = pair.sandbox.lab(["status", pair.name, "--format", "json"]).ok().stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let dropped = |place: usize| &json["instances"][0]["nodes"][place]["dropped"];
    assert_eq!(dropped(0), &serde_json::Value::Null, "an honest node");
    // Its second port and the management network count, too.
    assert!(dropped(1)["forged"].as_u64().unwrap() >= pair.forged("node2-eth0"), "{json}");
    assert_eq!(dropped(1)["flood"], 0);
}

fn services_of_the_host(pair: &Pair<'_>) {
    let (udp, _tcp) = pair.there(|| {
        let udp = UdpSocket::bind("0.0.0.0:9000").unwrap();
        udp.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        (udp, TcpListener::bind("0.0.0.0:9000").unwrap())
    });
    // Its address on another network, by the management network; and its services.
    let script = "ip route replace 10.10.0.254/32 via 169.254.77.254; \
                  echo elsewhere >/dev/udp/10.10.0.254/9000; ip route del 10.10.0.254/32; \
                  for address in 192.168.0.110 10.10.0.254 169.254.77.254; do \
                  timeout 2 bash -c \"echo >/dev/tcp/$address/9000\" 2>/dev/null && echo reached $address; done; \
                  echo here >/dev/udp/192.168.0.110/9000";
    let told = pair.node("node2", &["bash", "-c", script]);
    assert_eq!(told.stdout, "");
    let mut packet = [0; 20];
    let (length, _) = udp.recv_from(&mut packet).unwrap();
    assert_eq!(&packet[..length], b"here\n", "what a client waits for arrives, and nothing else");
}
