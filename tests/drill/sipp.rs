//! The probes against sipp, a SIP program that others wrote and everybody uses (package sip-tester): what it counts and
//! what we count is the same.

use std::net::{Ipv4Addr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use halab::model::drill::SipMethod;
use halab::record::Answer;

use super::load::run;
use super::sip::{samples, sip};

const LOCAL: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// What sipp does with a request: `@STATUS@` is what it answers.
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

/// Ends when it is dropped.
pub struct Sipp {
    pub port: u16,
    child: Child,
    folder: tempfile::TempDir,
}

impl Sipp {
    /// Starts it on the loopback address with these arguments; none, and a line that says so, where it is not installed.
    pub fn start(arguments: &[&str], scenario: Option<&str>) -> Option<Self> {
        if Command::new("sipp").arg("-v").output().is_err() {
            eprintln!("skipped: sipp is not installed (package sip-tester)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let port = UdpSocket::bind((LOCAL, 0)).unwrap().local_addr().unwrap().port();
        let mut command = Command::new("sipp");
        command.args(["-i", "127.0.0.1", "-p", &port.to_string(), "-nostdin", "-trace_stat", "-fd", "1"]);
        command.args(["-stf", "statistics.csv"]).args(arguments).current_dir(folder.path());
        if let Some(text) = scenario {
            fs_err::write(folder.path().join("scenario.xml"), text).unwrap();
            command.args(["-sf", "scenario.xml"]);
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let sipp = Self { port, child, folder };
        let deadline = Instant::now() + Duration::from_secs(10);
        while UdpSocket::bind((LOCAL, port)).is_ok() {
            assert!(Instant::now() < deadline, "sipp does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(sipp)
    }

    /// Ends it, and gives the last value of a column of its statistics.
    pub fn end(mut self, column: &str) -> u64 {
        let signal = Command::new("kill").args(["-USR1", &self.child.id().to_string()]).status().unwrap();
        assert!(signal.success());
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.child.try_wait().unwrap().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(50));
        }
        let text = fs_err::read_to_string(self.statistics()).unwrap();
        let mut lines = text.lines();
        let place = lines.next().unwrap().split(';').position(|name| name == column).unwrap();
        lines.last().unwrap().split(';').nth(place).unwrap().parse().unwrap()
    }

    fn statistics(&self) -> PathBuf {
        self.folder.path().join("statistics.csv")
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn sipp_answers_each_request_and_counts_as_many() {
    for (method, status, expected) in [
        (SipMethod::Options, "200 OK", Answer::Ok),
        (SipMethod::Register, "403 Forbidden", Answer::Status { code: 403 }),
    ] {
        let scenario = ANSWERING.replace("@METHOD@", method.word()).replace("@STATUS@", status);
        let Some(sipp) = Sipp::start(&[], Some(&scenario)) else { return };
        // Registrations of a phone are of one call, which sipp takes for one: it answers the first.
        let (rate, millis) = if method == SipMethod::Options { (100, 1500) } else { (1, 500) };
        let samples = samples(&run(&sip(sipp.port, rate, method), LOCAL, 77, millis));
        assert!(!samples.is_empty() && samples.iter().all(|sample| sample.answer == expected), "{samples:?}");
        assert_eq!(sipp.end("SuccessfulCall(C)"), samples.len() as u64);
    }
}
