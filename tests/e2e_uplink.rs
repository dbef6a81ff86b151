//! The connections of a lab to the outside, only where its file asks for them: an existing bridge, and
//! internet access of a node, which reaches the Internet and nothing else.
//!
//! The machine is a network namespace that the test makes, in which the command runs, and the Internet is
//! another one behind it: nothing leaves them.

#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "guests/sandbox.rs"]
mod sandbox;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use sandbox::{Sandbox, eventually};

const LAB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/labs/uplink.toml");
const MACHINE: &str = "halab-machine";
const INTERNET: &str = "halab-internet";

/// An address of the Internet, as far as the test is concerned.
const SERVER: &str = "9.9.9.9";

/// What an instance must not reach: the machine's own addresses, its LAN, what is behind its router, the
/// metadata of clouds, and the instance's own way out.
const FORBIDDEN: [&str; 6] =
    ["203.0.113.2", "198.18.0.1", "203.0.113.1", "10.1.2.3", "169.254.169.254", "100.100.100.200"];

/// The two namespaces. The machine has a bridge, as a machine on a LAN has one.
struct Outside;

impl Outside {
    fn make() -> Self {
        Self::remove();
        for name in [MACHINE, INTERNET] {
            ip(&format!("netns add {name}"));
            ip(&format!("-n {name} link set lo up"));
        }
        for command in [
            "link add br0 type bridge",
            "address add 192.168.0.1/24 dev br0",
            "link set br0 up",
            &format!("link add wan type veth peer name lan netns {INTERNET}"),
            "address add 203.0.113.2/24 dev wan",
            "link set wan up",
            "route add default via 203.0.113.1",
        ] {
            ip(&format!("-n {MACHINE} {command}"));
        }
        ip(&format!("-n {INTERNET} address add 203.0.113.1/24 dev lan"));
        ip(&format!("-n {INTERNET} link set lan up"));
        let server = name_server().to_string();
        for address in FORBIDDEN[3..].iter().copied().chain([SERVER, &server]) {
            ip(&format!("-n {INTERNET} address add {address}/32 dev lo"));
        }
        Self
    }

    fn remove() {
        for name in [MACHINE, INTERNET] {
            let _ = Command::new("ip").args(["netns", "delete", name]).output();
        }
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        Self::remove();
    }
}

/// The name server of the machine that the test runs on; the stand-in Internet has its address.
fn name_server() -> Ipv4Addr {
    let text = fs_err::read_to_string("/etc/resolv.conf").unwrap();
    let named = text.lines().filter_map(|line| line.strip_prefix("nameserver")?.trim().parse().ok());
    let mut outside = named.filter(|ip: &Ipv4Addr| !ip.is_loopback());
    outside.next().expect("a name server that is not this machine")
}

/// Runs something in a thread that is in this namespace.
fn there<T: Send>(name: &str, run: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            halab::testing::base::netns::enter(&Path::new("/run/netns").join(name)).unwrap();
            run()
        });
        thread.join().unwrap()
    })
}

fn ip(words: &str) {
    let output = Command::new("ip").args(words.split(' ')).output().unwrap();
    assert!(output.status.success(), "ip {words}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A network setting of the machine.
fn setting(name: &str) -> String {
    let output = Command::new("ip").args(["netns", "exec", MACHINE, "sysctl", "-n", name]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Tells everyone who connects to a port their own address, until the test ends.
fn serve(namespace: &str, port: u16) {
    let listener = there(namespace, || TcpListener::bind(("0.0.0.0", port)).unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let Ok(peer) = stream.peer_addr() else { continue };
            let _ = writeln!(stream, "{}", peer.ip());
        }
    });
}

/// Repeats every packet to the name server's address, until the test ends.
fn answer_names() {
    let socket = there(INTERNET, || UdpSocket::bind((name_server(), 53)).unwrap());
    std::thread::spawn(move || {
        let mut packet = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut packet) {
            let _ = socket.send_to(&packet[..length], from);
        }
    });
}

/// Connects from a node to these addresses at the same time; returns what each said, empty if nothing.
fn connect(sandbox: &Sandbox, name: &str, node: &str, to: &[(&str, u16)]) -> Vec<String> {
    let one = |(place, (address, port)): (usize, &(&str, u16))| {
        format!("timeout 5 bash -c 'head -n 1 </dev/tcp/{address}/{port} >/tmp/to{place}' 2>/dev/null & ")
    };
    let files = (0..to.len()).map(|place| format!(" /tmp/to{place}")).collect::<String>();
    let script = format!(
        "rm -f{files}; touch{files}; {} wait; for file in{files}; do echo \"said $(cat $file)\"; done",
        to.iter().enumerate().map(one).collect::<String>()
    );
    let ran = sandbox.lab(["exec", "--lab", name, node, "--", "timeout", "60", "bash", "-c", &script]).ok();
    let said: Vec<String> =
        ran.stdout.lines().filter_map(|line| line.strip_prefix("said ")).map(str::to_owned).collect();
    assert_eq!(said.len(), to.len(), "{}", ran.stdout);
    said
}

#[test]
#[ignore = "needs root, and boots guests"]
fn a_lan_reaches_the_lab_and_a_node_reaches_the_internet_only() {
    let mut sandbox = Sandbox::enter();
    let _outside = Outside::make();
    let (name, other) = (sandbox.instance("uplink"), sandbox.instance("uplink-two"));
    let machine = ["nsenter", &format!("--net=/run/netns/{MACHINE}")];
    let up = sandbox.run_in(&machine, ["up", LAB, "--as", &name]);
    up.ok();

    let greeting = there(MACHINE, || {
        let address = "192.168.0.101:22".parse().unwrap();
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(20)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut greeting = [0; 4];
        stream.read_exact(&mut greeting).unwrap();
        greeting
    });
    assert_eq!(&greeting, b"SSH-", "who is on the bridge reaches the node");

    serve(INTERNET, 8080);
    serve(INTERNET, 25);
    serve(MACHINE, 8080);
    answer_names();
    let forbidden: Vec<(&str, u16)> = FORBIDDEN.map(|address| (address, 8080)).to_vec();
    let all: Vec<(&str, u16)> = [&forbidden[..], &[(SERVER, 25), (SERVER, 8080)]].concat();
    let said = connect(&sandbox, &name, "node1", &all);
    let nothing = vec![String::new(); all.len() - 1];
    assert_eq!(said, [&nothing[..], &["203.0.113.2".to_owned()]].concat(), "{all:?}");

    let ask = "exec 3<>/dev/udp/$(sed -n 's/^nameserver //p' /etc/resolv.conf)/53; \
               echo halab >&3; timeout 5 head -c 5 <&3";
    let asked = sandbox.lab(["exec", "--lab", &name, "node1", "--", "bash", "-c", ask]).ok();
    assert_eq!(asked.stdout, "halab", "the name server answers");

    // Root of the other node gives itself the same route, and then the first node's address.
    let node2 =
        |words: &[&str]| sandbox.lab(["exec", "--lab", &name, "node2", "--"].iter().chain(words)).ok();
    node2(&["ip", "route", "add", "default", "via", "169.254.77.254"]);
    assert_eq!(connect(&sandbox, &name, "node2", &[(SERVER, 8080)]), [""]);
    let own = ["exec", "--lab", &name, "node1", "--", "hostname", "-I"];
    let own = sandbox.lab(own).ok().stdout;
    let address = own.split(' ').find(|ip| ip.starts_with("169.254.77.")).unwrap().trim();
    node2(&["ip", "addr", "add", &format!("{address}/32"), "dev", "lo"]);
    node2(&["ip", "route", "replace", "default", "via", "169.254.77.254", "src", address]);
    assert_eq!(connect(&sandbox, &name, "node2", &[(SERVER, 8080)]), [""]);

    assert_eq!(setting("net.ipv4.ip_forward"), "0", "the machine is no router");
    assert_eq!(setting("net.ipv4.conf.wan.forwarding"), "1");
    // The bridge has these addresses already.
    let second = sandbox.run_in(&machine, ["up", LAB, "--as", &other]);
    assert!(second.stderr.contains("has the same addresses"), "{}", second.stderr);
    let copies = sandbox.run_in(&machine, ["up", LAB, "--as", &other, "--copies", "2"]);
    assert!(copies.stderr.contains("the same addresses"), "{}", copies.stderr);

    sandbox.run_in(&machine, ["down", &name]).ok();
    assert_clean(&sandbox, &[&name, &other]);

    // At once again, and killed as soon as there is something on the machine.
    let mut up = sandbox.start_in(&machine, ["up", LAB, "--as", &name]);
    eventually("an uplink", Duration::from_secs(60), || tables().contains("halab-uplink"));
    up.kill().unwrap();
    up.wait().unwrap();
    sandbox.run_in(&machine, ["down", &name]).ok();
    assert_clean(&sandbox, &[&name]);
}

/// The tables of the machine's firewall.
fn tables() -> String {
    let tables =
        Command::new("ip").args(["netns", "exec", MACHINE, "nft", "list", "tables"]).output().unwrap();
    String::from_utf8_lossy(&tables.stdout).into_owned()
}

fn assert_clean(sandbox: &Sandbox, names: &[&str]) {
    for name in names {
        assert_eq!(sandbox.traces(name), Vec::<String>::new());
    }
    assert_eq!(tables(), "", "the firewall's tables are gone");
    for name in ["net.ipv4.conf.wan.forwarding", "net.ipv4.ip_forward"] {
        assert_eq!(setting(name), "0", "{name}");
    }
}
