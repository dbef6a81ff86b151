//! The connections of a lab to the outside, only where its file asks for them: an existing bridge, and
//! internet access of a node.
//!
//! The outside is a network namespace that the test makes, in which the command runs: nothing leaves it.

#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "guests/sandbox.rs"]
mod sandbox;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use sandbox::Sandbox;

const LAB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/labs/uplink.toml");
const OUTSIDE: &str = "halab-outside";

/// A namespace with a bridge, as a machine on a LAN has one, and an address that only its owner has.
struct Outside;

impl Outside {
    fn make() -> Self {
        let _ = Command::new("ip").args(["netns", "delete", OUTSIDE]).output();
        ip(&["netns", "add", OUTSIDE]);
        for command in [
            "link set lo up",
            "link add br0 type bridge",
            "address add 192.168.0.1/24 dev br0",
            "link set br0 up",
            "address add 198.51.100.1/32 dev lo",
        ] {
            ip(&[&["-n", OUTSIDE], &command.split(' ').collect::<Vec<_>>()[..]].concat());
        }
        Self
    }

    /// Runs something in a thread that is outside.
    fn there<T: Send>(run: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                halab::testing::base::netns::enter(&Path::new("/run/netns").join(OUTSIDE)).unwrap();
                run()
            });
            thread.join().unwrap()
        })
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "delete", OUTSIDE]).output();
    }
}

fn ip(arguments: &[&str]) {
    let output = Command::new("ip").args(arguments).output().unwrap();
    assert!(output.status.success(), "ip {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "needs root, and boots guests"]
fn a_lan_reaches_the_lab_and_a_node_reaches_the_outside() {
    let mut sandbox = Sandbox::enter();
    let _outside = Outside::make();
    let name = sandbox.instance("uplink");
    let namespace = format!("--net=/run/netns/{OUTSIDE}");
    let up = sandbox.run_in(&["nsenter", &namespace], ["up", LAB, "--as", &name]);
    up.ok();

    let greeting = Outside::there(|| {
        let address = "192.168.0.101:22".parse().unwrap();
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(20)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut greeting = [0; 4];
        stream.read_exact(&mut greeting).unwrap();
        greeting
    });
    assert_eq!(&greeting, b"SSH-", "who is on the bridge reaches the node");

    let listener = Outside::there(|| TcpListener::bind("198.51.100.1:8080").unwrap());
    let answer = std::thread::spawn(move || {
        let (mut stream, peer) = listener.accept().unwrap();
        stream.write_all(b"hello").unwrap();
        peer.ip().to_string()
    });
    let fetch = "head -c 5 </dev/tcp/198.51.100.1/8080";
    let fetched =
        sandbox.lab(["exec", "--lab", &name, "node1", "--", "timeout", "30", "bash", "-c", fetch]).ok();
    assert_eq!(fetched.stdout, "hello");
    let peer = answer.join().unwrap();
    assert!(peer.starts_with("169.254.") && !peer.starts_with("169.254.77."), "not masqueraded: {peer}");

    sandbox.run_in(&["nsenter", &namespace], ["down", &name]).ok();
    assert_eq!(sandbox.traces(&name), Vec::<String>::new());
    let tables =
        Command::new("ip").args(["netns", "exec", OUTSIDE, "nft", "list", "tables"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&tables.stdout), "", "the firewall's table is gone");
}
