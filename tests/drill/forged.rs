//! What a hostile node sends: the rules of an instance's networks, on a real bridge.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use halab::model::MacAddress;
use halab::record::What;
use halab::testing::drill::raw;

use super::alone;
use super::arp::watch;
use super::namespace::{Net, WEB, run};
use super::synthetic::{mac, node};

const ALL_TYPES: u16 = 3;
const ARP: [u8; 2] = [8, 6];
const IPV4: [u8; 2] = [8, 0];
const IPV6: [u8; 2] = [0x86, 0xdd];
const EVERYBODY: MacAddress = MacAddress([0xff; 6]);

/// Ends each frame, so that it is found again among those of the kernels.
const SIGN: &[u8] = b"halab-forged";

/// A frame that node 1 sends, and whether node 2 may get it.
struct Sent {
    what: &'static str,
    frame: Vec<u8>,
    arrives: bool,
}

fn frame(to: MacAddress, from: MacAddress, kind: [u8; 2], rest: &[u8]) -> Vec<u8> {
    [&to.0[..], &from.0, &kind, rest].concat()
}

fn arp(hardware: u8, operation: u8, sender: MacAddress, ip: Ipv4Addr) -> Vec<u8> {
    [&[0, hardware, 8, 0, 6, 4, 0, operation][..], &sender.0, &ip.octets(), &mac(2).0, &ip.octets()].concat()
}

fn ipv4(from: Ipv4Addr, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(20 + payload.len() + 1 + SIGN.len()).unwrap();
    let begin = [0x45, 0, 0, length, 0, 0, 0, 0, 64, protocol, 0, 0];
    let mut header = [&begin[..], &from.octets(), &[192, 168, 0, 102]].concat();
    let sum: u32 = header.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    let sum = !((sum & 0xffff) + (sum >> 16)) as u16;
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    [header, payload.to_vec()].concat()
}

/// An ICMPv6 message about an address.
fn icmpv6(from: [u8; 16], kind: u8, about: [u8; 16]) -> Vec<u8> {
    let message = [&[kind, 0, 0, 0, 0, 0, 0, 0][..], &about].concat();
    let length = u8::try_from(message.len() + 1 + SIGN.len()).unwrap();
    let all_nodes = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    [&[0x60, 0, 0, 0, 0, length, 58, 255][..], &from, &all_nodes, &message].concat()
}

fn link_local(number: u8) -> [u8; 16] {
    [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x50, 0x54, 0, 0xff, 0xfe, 0, 0, number]
}

fn all() -> Vec<Sent> {
    let (own, peer) = (Ipv4Addr::new(192, 168, 0, 101), Ipv4Addr::new(192, 168, 0, 102));
    let host = Ipv4Addr::new(192, 168, 0, 1);
    let sent = |what, kind: [u8; 2], rest: Vec<u8>, arrives| Sent {
        what,
        frame: frame(EVERYBODY, mac(1), kind, &rest),
        arrives,
    };
    let tagged = |kind: [u8; 2]| [&[0, 5][..], &kind, &ipv4(own, 17, &[])].concat();
    vec![
        sent("an ARP answer", ARP, arp(1, 2, mac(1), own), true),
        sent("an ARP answer for the virtual address", ARP, arp(1, 2, mac(1), WEB), true),
        sent("a probe for a free address", ARP, arp(1, 1, mac(1), Ipv4Addr::UNSPECIFIED), true),
        sent("an ARP answer with the peer's Ethernet address", ARP, arp(1, 2, mac(2), WEB), false),
        sent("an ARP answer for the peer's address", ARP, arp(1, 2, mac(1), peer), false),
        sent("an ARP answer for the host's address", ARP, arp(1, 2, mac(1), host), false),
        sent("the same as another kind of hardware", ARP, arp(6, 2, mac(1), peer), false),
        Sent {
            what: "a frame with the peer's Ethernet address",
            frame: frame(EVERYBODY, mac(2), ARP, &arp(1, 2, mac(1), own)),
            arrives: false,
        },
        sent("an IPv4 packet", IPV4, ipv4(own, 17, &[]), true),
        sent("an IPv4 packet with the peer's address", IPV4, ipv4(peer, 17, &[]), false),
        sent("an IPv4 packet with a foreign address", IPV4, ipv4([10, 9, 8, 7].into(), 17, &[]), false),
        sent("a tagged packet", [0x81, 0], tagged(IPV4), false),
        sent("a packet with a tag of a provider", [0x88, 0xa8], tagged(IPV4), false),
        sent("an unknown protocol", [0x88, 0xb5], vec![0; 40], false),
        sent("a neighbour's answer", IPV6, icmpv6(link_local(1), 136, link_local(1)), true),
        sent("a neighbour's answer for the peer", IPV6, icmpv6(link_local(1), 136, link_local(2)), false),
        sent("an IPv6 packet with the peer's address", IPV6, icmpv6(link_local(2), 135, [0; 16]), false),
        sent("a router advertisement", IPV6, icmpv6(link_local(1), 134, [0; 16]), false),
        sent("a redirect", IPV6, icmpv6(link_local(1), 137, [0; 16]), false),
    ]
}

/// Runs something in a thread that is in this namespace.
fn there<T: Send>(name: &str, run: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            halab::testing::base::netns::enter(&Net::path(name)).unwrap();
            run()
        });
        thread.join().unwrap()
    })
}

/// Sends frames from node 1, marked with their numbers.
fn send(net: &Net, frames: &[Vec<u8>]) {
    there(&net.guest(1), || {
        let mut socket = raw::open("eth0", ALL_TYPES).unwrap();
        for frame in frames {
            socket.write_all(frame).unwrap();
        }
    });
}

/// The numbers of the frames that a socket has received, until the last one came.
fn received(socket: &mut std::fs::File, last: u8) -> Vec<u8> {
    let (mut numbers, mut frame) = (Vec::new(), [0; 2048]);
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until && !numbers.contains(&last) {
        let Ok(length) = socket.read(&mut frame) else {
            std::thread::sleep(Duration::from_millis(5));
            continue;
        };
        let signed = frame[..length].windows(SIGN.len()).position(|part| part == SIGN);
        numbers.extend(signed.and_then(|at| frame.get(at.checked_sub(1)?).copied()));
    }
    numbers
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn a_node_sends_with_its_own_addresses_only() {
    let _alone = alone();
    let net = Net::new();
    let mut at_node = there(&net.guest(2), || raw::open("eth0", ALL_TYPES).unwrap());
    let mut at_host = there(&net.host(), || raw::open("public", ALL_TYPES).unwrap());
    let mut all = all();
    all.push(Sent { what: "the last one", ..all_first() });
    let numbered = (1_u8..).zip(&all).map(|(number, sent)| [&sent.frame[..], &[number], SIGN].concat());
    send(&net, &numbered.collect::<Vec<_>>());
    let last = u8::try_from(all.len()).unwrap();
    let wanted: Vec<&str> = all.iter().filter(|sent| sent.arrives).map(|sent| sent.what).collect();
    for socket in [&mut at_node, &mut at_host] {
        let numbers = received(socket, last);
        let names: Vec<&str> = numbers.iter().map(|number| all[usize::from(*number) - 1].what).collect();
        assert_eq!(names, wanted);
    }
}

fn all_first() -> Sent {
    all().swap_remove(0)
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn no_frame_takes_the_place_of_another_node() {
    let _alone = alone();
    let net = Net::new();
    let place = || {
        let table = std::process::Command::new("bridge")
            .args(["-n", &net.host(), "fdb", "show", "br", "public"])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&table.stdout).into_owned();
        let own = text.lines().find(|line| line.contains(&mac(2).to_string()) && line.contains("node"));
        own.map(|line| line.split(' ').nth(2).unwrap().to_owned())
    };
    run(&format!("ip netns exec {} ping -q -c 1 -W 5 192.168.0.1", net.guest(2)));
    assert_eq!(place().as_deref(), Some("node2"));
    // Frames to these addresses are for bridges themselves, and no rule sees them.
    let frames: Vec<Vec<u8>> = (0..16)
        .map(|last| frame(MacAddress([1, 0x80, 0xc2, 0, 0, last]), mac(2), [0x88, 0xcc], &[0; 50]))
        .collect();
    send(&net, &frames);
    // The bridge has handled them before the answer to this one.
    run(&format!("ip netns exec {} ping -q -c 1 -W 5 192.168.0.1", net.guest(1)));
    assert_eq!(place().as_deref(), Some("node2"));
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn the_host_is_no_router_and_serves_nobody() {
    let _alone = alone();
    let net = Net::new();
    let host = net.host();
    run(&format!("ip -n {host} addr add 10.9.9.9/32 dev lo"));
    run(&format!("ip netns exec {host} sysctl -qw net.ipv4.ip_forward=1"));
    run(&format!("ip -n {} route add default via 192.168.0.1", net.guest(1)));
    let (udp, tcp) = there(&host, || {
        let udp = UdpSocket::bind("0.0.0.0:9000").unwrap();
        udp.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        (udp, TcpListener::bind("0.0.0.0:9000").unwrap())
    });
    there(&net.guest(1), || {
        let from = UdpSocket::bind("0.0.0.0:0").unwrap();
        from.send_to(b"elsewhere", "10.9.9.9:9000").unwrap();
        from.send_to(b"here", "192.168.0.1:9000").unwrap();
        for address in ["10.9.9.9:9000", "192.168.0.1:9000"] {
            let address: SocketAddr = address.parse().unwrap();
            TcpStream::connect_timeout(&address, Duration::from_millis(1500)).unwrap_err();
        }
    });
    let mut packet = [0; 20];
    let (length, _) = udp.recv_from(&mut packet).unwrap();
    assert_eq!(&packet[..length], b"here", "media of calls come without a question");
    drop(tcp);
    // Through the host to another network of it, as a way round a fault.
    let far = net.guest(2);
    for words in [
        format!("ip -n {host} link add far type veth peer name far netns {far}"),
        format!("ip -n {host} addr add 10.8.8.1/24 dev far"),
        format!("ip -n {host} link set far up"),
        format!("ip -n {far} addr add 10.8.8.2/24 dev far"),
        format!("ip -n {far} link set far up"),
        format!("ip -n {far} route add 192.168.0.101/32 via 10.8.8.1"),
        format!("ip netns exec {host} ping -q -c 1 -W 5 10.8.8.2"),
    ] {
        run(&words);
    }
    let through = std::process::Command::new("ip")
        .args(["netns", "exec", &net.guest(1), "ping", "-q", "-c", "2", "-W", "1", "10.8.8.2"])
        .output()
        .unwrap();
    assert!(!through.status.success(), "{}", String::from_utf8_lossy(&through.stdout));
}

#[test]
#[ignore = "needs root: it makes network namespaces; and arping (package iputils-arping)"]
fn a_flood_of_announcements_is_told_once_and_the_other_node_is_still_seen() {
    let _alone = alone();
    let net = Net::new();
    net.take(2);
    let announcement = frame(EVERYBODY, mac(1), ARP, &arp(1, 1, mac(1), WEB));
    let forged = frame(EVERYBODY, mac(1), ARP, &arp(1, 2, mac(2), WEB));
    let events = watch(&net, |_, holders| {
        // The kernel passes on 5,000 of them in a second, and the watch takes 4,000 and 200 in a second.
        let until = Instant::now() + Duration::from_secs(2);
        while Instant::now() < until {
            send(&net, &vec![announcement.clone(); 2000]);
            send(&net, &vec![forged.clone(); 100]);
        }
        assert_eq!(holders.of(&"web".parse().unwrap()).unwrap().0, node(2));
    });
    let of = |wanted: u8| {
        let is_its =
            |what: &What| matches!(what, What::Announced { node: by, .. } if *by == Some(node(wanted)));
        events.iter().filter(|event| is_its(&event.what)).count()
    };
    assert!(of(1) > 100 && of(1) <= 4_800, "{}", of(1));
    assert_eq!(of(2), 0, "node2 announced nothing");
    let floods: Vec<_> = events
        .iter()
        .filter(|event| matches!(event.what, What::Flooded { .. }))
        .map(|event| &event.what)
        .collect();
    assert!(matches!(floods[..], [What::Flooded { node: by, .. }] if *by == node(1)), "{floods:?}");
    let seen = events.iter().filter(|event| match &event.what {
        What::Holder { answers, .. } => answers.iter().any(|answer| answer.node == Some(node(2))),
        _ => false,
    });
    assert!(seen.count() > 10, "the flood of one node hides no other");
}
