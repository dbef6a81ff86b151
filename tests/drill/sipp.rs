//! The probes against sipp, a widely used independent SIP program (package sip-tester): its counts must equal
//! ours.

use std::net::{Ipv4Addr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use halab::record::{Answer, What};
use halab::testing::probe::call::{CallEvent, Callee, Medium, Phase, Way};
use halab::testing::probe::sip::Method;

use super::alone;
use super::calls::{packets, plan, talk};
use super::load::run;
use super::namespace::{self, Net};
use super::sip::{samples, sip};

const LOCAL: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// The reaction of sipp to a request: `@STATUS@` is its answer.
const ANSWERING: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<scenario name="answers">
  <recv request="@METHOD@"/>
  <send><![CDATA[
SIP/2.0 @STATUS@
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"#;

/// An exchange that accepts registrations and calls, and receives their voice at its echo.
const EXCHANGE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<scenario name="exchange">
  <recv request="REGISTER" optional="true" next="1"/>
  <recv request="INVITE"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0

]]></send>
  <recv request="ACK"/>
  <recv request="BYE"/>
  <label id="1"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"#;

/// The counts of sipp.
#[derive(Debug)]
pub struct Counts {
    /// Calls that completed their scenario.
    pub successful: u64,
    /// Voice packets that it has echoed, if it echoes any.
    pub echoed: Option<u64>,
}

/// A running sipp; it ends when it is dropped.
pub struct Sipp {
    pub port: u16,
    child: Child,
    folder: tempfile::TempDir,
}

impl Sipp {
    /// Starts it on the loopback address of a namespace.
    pub fn start(arguments: &[&str], scenario: &str, namespace: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = UdpSocket::bind((LOCAL, 0)).unwrap().local_addr().unwrap().port();
        let mut command = match namespace {
            Some(name) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", name, "sipp"]);
                command
            }
            None => Command::new("sipp"),
        };
        fs_err::write(folder.path().join("scenario.xml"), scenario).unwrap();
        command.args(["-i", "127.0.0.1", "-p", &port.to_string(), "-nostdin", "-sf", "scenario.xml"]);
        // With periodic output at a shorter interval, the output on request lacks the packet counts.
        command.args(["-trace_stat", "-fd", "3600", "-stf", "statistics.csv"]);
        command.args(["-trace_screen", "-f", "3600", "-screen_file", "screen.log"]);
        command.args(arguments).current_dir(folder.path());
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let sipp = Self { port, child, folder };
        let deadline = Instant::now() + Duration::from_secs(10);
        // The sockets of its namespace, with ports as hexadecimal numbers.
        let sockets = format!("/proc/{}/net/udp", sipp.child.id());
        let own = format!(":{port:04X} ");
        while !fs_err::read_to_string(&sockets).is_ok_and(|text| text.contains(&own)) {
            assert!(Instant::now() < deadline, "sipp does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        sipp
    }

    /// Ends it, and returns its counts.
    pub fn end(mut self) -> Counts {
        self.signal("-USR2");
        // It writes its screen at intervals, so it gets some time, and is read after its end.
        std::thread::sleep(Duration::from_millis(500));
        self.signal("-USR1");
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.child.try_wait().unwrap().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(50));
        }
        let text = fs_err::read_to_string(self.folder.path().join("statistics.csv")).unwrap();
        let mut lines = text.lines();
        let place = lines.next().unwrap().split(';').position(|name| name == "SuccessfulCall(C)").unwrap();
        let successful = lines.last().unwrap().split(';').nth(place).unwrap().parse().unwrap();
        let screen = fs_err::read_to_string(self.folder.path().join("screen.log")).unwrap();
        let line = screen.lines().find(|line| line.contains("Total echo RTP pckts 1st stream"));
        let echoed = line.map(|line| line.split_whitespace().next().unwrap().parse().unwrap());
        Counts { successful, echoed }
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "needs sipp (package sip-tester)"]
fn sipp_answers_each_request_and_counts_as_many() {
    let _alone = alone();
    for (method, status, expected) in [
        (Method::Options, "200 OK", Answer::Ok),
        (Method::Register, "403 Forbidden", Answer::Status { code: 403 }),
    ] {
        let scenario = ANSWERING.replace("@METHOD@", method.word()).replace("@STATUS@", status);
        let sipp = Sipp::start(&[], &scenario, None);
        // Registrations of a phone use one Call-ID, so sipp takes them for one call: it answers the first.
        let (rate, millis) = if method == Method::Options { (100, 1500) } else { (1, 500) };
        let samples = samples(&run(&sip(sipp.port, rate, method), LOCAL, 77, millis));
        assert!(!samples.is_empty() && samples.iter().all(|sample| sample.answer == expected), "{samples:?}");
        assert_eq!(sipp.end().successful, samples.len() as u64);
    }
}

#[test]
#[ignore = "needs root: it makes network namespaces; and sipp (package sip-tester)"]
fn sipp_counts_the_packets_that_are_not_lost_on_the_way_to_it() {
    let _alone = alone();
    let net = Net::new();
    let cell = net.guest(1);
    namespace::run(&format!("ip -n {cell} link set lo up"));
    // One packet in eight does not reach sipp, at random.
    let rules = "add table ip loss; add chain ip loss in { type filter hook input priority 0; }; \
                 add rule ip loss in udp dport 6500 numgen random mod 8 == 0 drop";
    let dropped = Command::new("ip").args(["netns", "exec", &cell, "nft", rules]).status().unwrap();
    assert!(dropped.success());
    let echo = ["-mi", "127.0.0.1", "-mp", "6500", "-rtp_echo"];
    let sipp = Sipp::start(&echo, EXCHANGE, Some(&cell));
    let load = talk(sipp.port, plan(2, Callee::Echo));
    let inside = std::thread::spawn(move || {
        halab::testing::base::netns::enter(&Net::path(&cell)).unwrap();
        run(&load, LOCAL, 78, 3000)
    });
    let events = inside.join().unwrap();
    let all: Vec<(u64, bool)> =
        (0..2).flat_map(|line| packets(&events, line, Way::Around, Medium::Voice)).collect();
    let came = all.iter().filter(|(_, came)| *came).count();
    assert!(all.len() > 280 && came < all.len() * 19 / 20, "{came} of {}", all.len());
    let counts = sipp.end();
    assert_eq!(counts.echoed, Some(came as u64), "sipp echoed as many as arrived");
    let answered = |what: &What| {
        CallEvent::read(what).is_some_and(|(_, event)| matches!(event.phase, Phase::Answered { .. }))
    };
    assert_eq!(events.iter().filter(|event| answered(&event.what)).count(), 2);
    assert_eq!(counts.successful, 4, "two registrations and two calls, hung up in order");
}
