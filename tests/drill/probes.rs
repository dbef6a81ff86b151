//! The probes other than HTTP, with a service that is up, down, and partly up.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use halab::model::Millis;
use halab::model::drill::{Load, LoadKind};
use halab::record::{Answer, Event, Nanos, PacketRun, Sample, What};
use halab::testing::probe::packets::{ping, udp};
use halab::testing::probe::web::http::Connection;
use halab::testing::probe::web::tcp;

use super::load::{http, page, run};
use super::server::{Reply, Server};
use super::{alone, undisturbed};

const LOCAL: Ipv4Addr = Ipv4Addr::LOCALHOST;

fn probe(kind: LoadKind, port: u16, rate: u32) -> Load {
    Load { kind, timeout: Millis(100), ..http(port, rate) }
}

/// All requests and packets of a run, in order.
fn outcomes(events: &[Event]) -> Vec<Sample> {
    let mut all = Vec::new();
    for event in events {
        match &event.what {
            What::Sample(sample) => all.push(sample.clone()),
            What::Packets(run) => all.extend(run.samples()),
            _ => {}
        }
    }
    all.sort_by_key(|sample| sample.seq);
    all
}

fn runs(events: &[Event]) -> Vec<&PacketRun> {
    let run = |event: &'_ Event| matches!(event.what, What::Packets(_));
    let runs = events.iter().filter(|event| run(event)).map(|event| match &event.what {
        What::Packets(run) => run,
        _ => unreachable!("only packets were left"),
    });
    runs.collect()
}

/// A running responder; it ends when it is dropped.
struct Echo {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
}

impl Echo {
    /// Returns each packet this number of times, given the number of earlier ones.
    fn start(times: impl Fn(usize) -> usize + Send + 'static) -> Self {
        let socket = UdpSocket::bind((LOCAL, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let (address, stop) = (socket.local_addr().unwrap(), Arc::new(AtomicBool::new(false)));
        let stopped = Arc::clone(&stop);
        std::thread::spawn(move || {
            let (mut buffer, mut count) = ([0; 256], 0);
            while !stopped.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                for _ in 0..times(count) {
                    socket.send_to(&buffer[..length], from).unwrap();
                }
                count += 1;
            }
        });
        Self { address, stop }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

#[test]
fn every_packet_is_accounted_for_at_a_thousand_a_second() {
    let _alone = alone();
    // A tenth of a second is lost, and one packet returns twice.
    let echo = Echo::start(|count| match count {
        200..300 => 0,
        400 => 2,
        _ => 1,
    });
    let events = run(&probe(udp::kind(), echo.address.port(), 1000), LOCAL, 77, 1200);
    let all = outcomes(&events);
    assert!(all.len() >= 600, "{}", all.len());
    for (seq, sample) in (0..).zip(&all) {
        assert_eq!((sample.seq, sample.due), (seq, Nanos::millis(50 + seq)));
        assert!(sample.sent >= sample.due);
    }
    let lost: Vec<u64> = all.iter().filter(|s| s.answer == Answer::Timeout).map(|s| s.seq).collect();
    assert!(lost.iter().copied().eq(200..300), "{lost:?}");
    let runs = runs(&events);
    assert!(runs.len() <= 3, "{} lines for {} packets", runs.len(), all.len());
    assert_eq!(runs.iter().map(|run| run.duplicates).sum::<u32>(), 1);
    let bytes: usize = runs.iter().map(|run| serde_json::to_vec(run).unwrap().len()).sum();
    assert!(bytes < 12 * all.len(), "{bytes} bytes for {} packets", all.len());
}

#[test]
fn a_thousand_packets_a_second_do_not_spin() {
    let _alone = alone();
    undisturbed(|| {
        let echo = Echo::start(|_| 1);
        let events = run(&probe(udp::kind(), echo.address.port(), 1000), LOCAL, 78, 2000);
        let spent = events.iter().find_map(|event| match &event.what {
            What::LoadEnded { processor, .. } => Some(*processor),
            _ => None,
        });
        // A generator that spins between its packets takes a whole processor for slightly more than two
        // seconds. This one takes a tenth; a processor that other machines use, too, makes that more.
        let share = spent.unwrap().seconds() / 2.1;
        assert!(share > 0.0 && share < 0.5, "{:.1} % of a processor", share * 100.0);
    });
}

#[test]
fn packets_to_nobody_are_lost_and_nothing_else() {
    let _alone = alone();
    let closed = UdpSocket::bind((LOCAL, 0)).unwrap().local_addr().unwrap().port();
    let events = run(&probe(udp::kind(), closed, 200), LOCAL, 79, 300);
    let all = outcomes(&events);
    assert!(all.len() >= 29 && all.iter().all(|sample| sample.answer == Answer::Timeout), "{}", all.len());
    assert!(!events.iter().any(|event| matches!(event.what, What::Dropped { .. })));
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn an_address_answers_a_ping() {
    let _alone = alone();
    // Two concurrent streams receive each other's answers, and count only their own.
    let load = probe(ping::kind(), 0, 500);
    let other = std::thread::spawn(|| run(&probe(ping::kind(), 0, 300), LOCAL, 81, 400));
    let all = outcomes(&run(&load, LOCAL, 80, 400));
    assert!(all.len() >= 100, "{}", all.len());
    assert!(all.iter().all(|sample| sample.answer == Answer::Ok));
    assert!(other.join().unwrap().iter().all(|event| match &event.what {
        What::Packets(run) => run.took_us.iter().all(Option::is_some) && run.duplicates == 0,
        _ => true,
    }));
}

#[test]
fn a_port_that_opens_is_enough_for_tcp() {
    let _alone = alone();
    let listener = TcpListener::bind((LOCAL, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let all = outcomes(&run(&probe(tcp::kind(), port, 50), LOCAL, 0, 300));
    assert!(all.len() >= 7 && all.iter().all(|sample| sample.answer == Answer::Ok), "{all:?}");
    drop(listener);
    let all = outcomes(&run(&probe(tcp::kind(), port, 50), LOCAL, 0, 200));
    assert!(all.len() >= 5 && all.iter().all(|sample| sample.answer == Answer::Refused), "{all:?}");
}

/// The number of connections that a load of kept ones opened.
fn opened(events: &[Event]) -> Option<u64> {
    events.iter().find_map(|event| match &event.what {
        What::LoadEnded { connections, .. } => *connections,
        _ => None,
    })
}

#[test]
fn a_kept_connection_is_used_again_until_the_server_closes_it() {
    let _alone = alone();
    let server = Server::start(LOCAL, 0, |_| Reply::Stay("fine".to_owned(), 10));
    let load = Load { kind: page(Connection::Kept), ..http(server.address.port(), 50) };
    let events = run(&load, LOCAL, 0, 600);
    let all = outcomes(&events);
    assert!(all.len() >= 15 && all.iter().all(|sample| sample.answer == Answer::Ok), "{all:?}");
    // Ten requests on each, or fewer where two were under way at once.
    let (opened, sent) = (opened(&events).unwrap(), all.len() as u64);
    assert!((sent.div_ceil(10)..sent / 2).contains(&opened), "{opened} for {sent} requests");
}

#[test]
fn a_request_that_hangs_does_not_hold_the_others() {
    let _alone = alone();
    let count = AtomicUsize::new(0);
    let server = Server::start(LOCAL, 0, move |_| match count.fetch_add(1, Ordering::Relaxed) {
        5..8 => Reply::Silence,
        _ => Reply::Stay("fine".to_owned(), usize::MAX),
    });
    let load = Load { kind: page(Connection::Kept), ..http(server.address.port(), 50) };
    let events = run(&load, LOCAL, 0, 500);
    let kinds = |answer: &Answer| outcomes(&events).iter().filter(|sample| sample.answer == *answer).count();
    assert_eq!((kinds(&Answer::Timeout), kinds(&Answer::Ok)), (3, outcomes(&events).len() - 3));
    // One that is reused, and one more for each that hangs; a machine that stalls sends several at once.
    let needed = needed(&outcomes(&events));
    assert!(needed >= 4 && opened(&events) == Some(needed), "{needed} and not {:?}", opened(&events));
}

/// The number of connections for requests that reuse a free one if there is one; a connection that hung is
/// never free again.
fn needed(samples: &[Sample]) -> u64 {
    let mut acts: Vec<(Nanos, bool)> = samples.iter().map(|sample| (sample.sent, true)).collect();
    let answered = samples.iter().filter(|sample| sample.answer == Answer::Ok);
    acts.extend(answered.map(|sample| (sample.done, false)));
    acts.sort_unstable();
    let (mut free, mut opened) = (0_u64, 0);
    for (_, takes) in acts {
        match (takes, free) {
            (true, 0) => opened += 1,
            (true, _) => free -= 1,
            (false, _) => free += 1,
        }
    }
    opened
}
