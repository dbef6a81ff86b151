//! A telephone exchange that connects phones, and whose wires can be cut. Written for the tests: it shares no
//! code with the probe.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::exchange::{answer, header};

const LOCAL: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// The fate of a media packet: whether it is forwarded, given the number of earlier packets on its wire.
pub type Wire = dyn Fn(usize) -> bool + Send + Sync;

/// A running exchange; it ends when it is dropped.
pub struct Switchboard {
    pub address: SocketAddr,
    /// While it is set, the exchange answers and forwards nothing, like a dead one.
    pub dead: Arc<AtomicBool>,
    /// Once it is set, the exchange ends all calls to itself.
    pub hang_up: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
}

struct Board {
    socket: UdpSocket,
    phones: BTreeMap<String, String>,
    wire: Arc<Wire>,
    dead: Arc<AtomicBool>,
    hang_up: Arc<AtomicBool>,
    /// The calls to the exchange itself, with their sources.
    calls: Vec<(String, SocketAddr)>,
    stop: Arc<AtomicBool>,
}

impl Switchboard {
    pub fn start(wire: impl Fn(usize) -> bool + Send + Sync + 'static) -> Self {
        let socket = UdpSocket::bind((LOCAL, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let address = socket.local_addr().unwrap();
        let [dead, hang_up, stop] = [(); 3].map(|()| Arc::new(AtomicBool::new(false)));
        let mut board = Board {
            socket,
            phones: BTreeMap::new(),
            wire: Arc::new(wire),
            dead: Arc::clone(&dead),
            hang_up: Arc::clone(&hang_up),
            calls: Vec::new(),
            stop: Arc::clone(&stop),
        };
        std::thread::spawn(move || board.run());
        Self { address, dead, hang_up, stop }
    }
}

impl Drop for Switchboard {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Board {
    fn run(&mut self) {
        let mut buffer = [0; 4096];
        while !self.stop.load(Ordering::Relaxed) {
            let received = self.socket.recv_from(&mut buffer);
            if self.dead.load(Ordering::Relaxed) {
                continue;
            }
            if self.hang_up.swap(false, Ordering::Relaxed) {
                self.end_calls();
            }
            let Ok((length, from)) = received else { continue };
            self.hear(std::str::from_utf8(&buffer[..length]).unwrap(), from);
        }
    }

    fn hear(&mut self, text: &str, from: SocketAddr) {
        let (method, uri) = (text.split(' ').next().unwrap(), text.split(' ').nth(1).unwrap());
        match method {
            "SIP/2.0" => {
                // The topmost Via is ours, and the next is the sender's.
                let own = header(text, "Via");
                let text = text.replacen(&format!("Via: {own}\r\n"), "", 1);
                if !text.contains("\r\nVia: ") {
                    // A response to a request of the exchange itself.
                    return;
                }
                let to = header(&text, "Via").split([' ', ';']).nth(1).unwrap().to_owned();
                self.pass(&text, &to);
            }
            "REGISTER" => {
                let user = user(header(text, "To"));
                self.phones.insert(user, host(header(text, "Contact")));
                self.say(&answer(text, "200 OK"), from);
            }
            "INVITE" if uri.starts_with("sip:600@") => {
                self.say(&answer(text, "100 Trying"), from);
                self.echo(text, from);
                self.calls.push((text.to_owned(), from));
            }
            "INVITE" => match self.phones.get(&user(uri)).cloned() {
                Some(phone) => self.pass(&self.through(text), &phone),
                None => self.say(&answer(text, "404 Not Found"), from),
            },
            "BYE" | "ACK" if uri.contains("@") && host(uri) != self.address().to_string() => {
                self.pass(&self.through(text), &host(uri));
            }
            "ACK" => {}
            _ => self.say(&answer(text, "200 OK"), from),
        }
    }

    fn end_calls(&mut self) {
        for (invite, from) in std::mem::take(&mut self.calls) {
            let (via, id) = (self.address(), header(&invite, "Call-ID"));
            let (caller, called) = (header(&invite, "From"), header(&invite, "To"));
            let bye = format!(
                "BYE {} SIP/2.0\r\nVia: SIP/2.0/UDP {via};branch=z9hG4bKbye\r\nFrom: {called}\r\nTo: {caller}\r\n\
                 Call-ID: {id}\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
                header(&invite, "Contact").trim_matches(['<', '>']),
            );
            self.say(&bye, from);
        }
    }

    fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// The same request as it is forwarded, with our Via on top.
    fn through(&self, text: &str) -> String {
        let branch = header(text, "Via").split("branch=z9hG4bK").nth(1).unwrap().split(';').next().unwrap();
        let via = format!("Via: SIP/2.0/UDP {};branch=z9hG4bKproxy-{branch}\r\nVia: ", self.address());
        text.replacen("Via: ", &via, 1)
    }

    /// Forwards a message, with a wire of its own for the voice that it offers.
    fn pass(&self, text: &str, to: &str) {
        let text = match text.split_once("\r\n\r\n") {
            Some((head, body)) if body.contains("m=audio") => {
                let port = media(body, "audio").unwrap();
                let wire = self.lay(SocketAddr::from((LOCAL, port)));
                let body = body.replacen(&format!("m=audio {port}"), &format!("m=audio {wire}"), 1);
                let length = header(head, "Content-Length").to_owned();
                let head = head.replacen(
                    &format!("Content-Length: {length}"),
                    &format!("Content-Length: {}", body.len()),
                    1,
                );
                format!("{head}\r\n\r\n{body}")
            }
            _ => text.to_owned(),
        };
        self.say(&text, to.parse().unwrap());
    }

    /// A wire for packets to this address; returns its port.
    fn lay(&self, to: SocketAddr) -> u16 {
        self.wire(move |_| to)
    }

    /// Echoes packets, on a wire of its own.
    fn echo(&self, invite: &str, from: SocketAddr) {
        let body = invite.split_once("\r\n\r\n").unwrap().1;
        let mut session = "v=0\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n".to_owned();
        for (kind, format) in [("audio", 0), ("video", 99)] {
            if media(body, kind).is_some() {
                session += &format!("m={kind} {} RTP/AVP {format}\r\n", self.wire(|from| from));
            }
        }
        let contact = format!("Contact: <sip:600@{}>\r\nContent-Type: application/sdp\r\n", self.address());
        let length = format!("{contact}Content-Length: {}", session.len());
        self.say(&(answer(invite, "200 OK").replace("Content-Length: 0", &length) + &session), from);
    }

    fn wire(&self, to: impl Fn(SocketAddr) -> SocketAddr + Send + 'static) -> u16 {
        let socket = UdpSocket::bind((LOCAL, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let port = socket.local_addr().unwrap().port();
        let (wire, dead, stop) = (Arc::clone(&self.wire), Arc::clone(&self.dead), Arc::clone(&self.stop));
        std::thread::spawn(move || {
            let (mut buffer, mut count) = ([0; 2048], 0);
            // An exchange that died has lost its calls.
            while !stop.load(Ordering::Relaxed) && !dead.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                if wire(count) {
                    let _ = socket.send_to(&buffer[..length], to(from));
                }
                count += 1;
            }
        });
        port
    }

    fn say(&self, text: &str, to: SocketAddr) {
        self.socket.send_to(text.as_bytes(), to).unwrap();
    }
}

/// The port of a medium; none if it is rejected.
fn media(body: &str, kind: &str) -> Option<u16> {
    let line = body.lines().find_map(|line| line.strip_prefix("m=")?.strip_prefix(kind))?;
    line.split(' ').nth(1)?.parse().ok()
}

/// Of `<sip:100@127.0.0.1:5060>;x=y`, `100`.
fn user(address: &str) -> String {
    address.split_once("sip:").unwrap().1.split('@').next().unwrap().to_owned()
}

/// Of the same, `127.0.0.1:5060`.
fn host(address: &str) -> String {
    address.split_once('@').unwrap().1.split(['>', ';']).next().unwrap().to_owned()
}
