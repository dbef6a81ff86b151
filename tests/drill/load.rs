use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use halab::model::Millis;
use halab::model::drill::{Load, LoadKind};
use halab::record::{Answer, Clock, Event, Nanos, Sample, What};
use halab::testing::probe::web::http::{Connection, Page};
use halab::testing::probe::web::ledger::{self, read_ledger, written};
use halab::testing::probe::{Clients, Here};

use super::alone;
use super::server::{Reply, Server};

pub fn page(connection: Connection) -> LoadKind {
    Page { path: "/health".to_owned(), expect: "fine".to_owned(), connection }.kind()
}

pub fn http(port: u16, rate: u32) -> Load {
    Load {
        name: "web".parse().unwrap(),
        address: "web".parse().unwrap(),
        node: None,
        port,
        rate,
        connect_timeout: Millis(200),
        timeout: Millis(400),
        kind: page(Connection::New),
    }
}

/// Runs a load for this number of milliseconds from its first due request, or longer on a busy machine.
pub fn run(load: &Load, ip: Ipv4Addr, first_id: u64, millis: u64) -> Vec<Event> {
    let (events, received) = channel();
    let (clock, stop) = (Clock::start(), AtomicBool::new(false));
    let first_due = Nanos::millis(50);
    std::thread::scope(|scope| {
        let clients = Clients {
            load,
            ip,
            first_due,
            first_id,
            nonces: None,
            clock,
            stop: &stop,
            events,
            sockets: &Here,
        };
        let thread = scope.spawn(|| clients.run().unwrap());
        std::thread::sleep(Duration::from_millis(50 + millis));
        stop.store(true, Ordering::Relaxed);
        thread.join().unwrap();
    });
    received.into_iter().collect()
}

/// The limit of each wait in a test.
const LIMIT: Duration = Duration::from_secs(120);

/// Runs a load until enough has happened: `enough` receives every event on its arrival, and may act on the
/// service.
pub fn run_until(
    load: &Load,
    ip: Ipv4Addr,
    first_id: u64,
    mut enough: impl FnMut(&Event) -> bool,
) -> Vec<Event> {
    let (events, received) = channel();
    let (clock, stop) = (Clock::start(), AtomicBool::new(false));
    let first_due = Nanos::millis(50);
    let mut heard = Vec::new();
    std::thread::scope(|scope| {
        let clients = Clients {
            load,
            ip,
            first_due,
            first_id,
            nonces: None,
            clock,
            stop: &stop,
            events,
            sockets: &Here,
        };
        let thread = scope.spawn(|| clients.run().unwrap());
        let mut happened = false;
        while !happened {
            let event = received.recv_timeout(LIMIT).expect("something happens");
            happened = enough(&event);
            heard.push(event);
        }
        stop.store(true, Ordering::Relaxed);
        thread.join().unwrap();
    });
    heard.extend(received);
    heard
}

/// Enough once this number of requests have ended.
pub fn ended(count: usize) -> impl FnMut(&Event) -> bool {
    let mut left = count;
    move |event| {
        left -= usize::from(left > 0 && matches!(event.what, What::Sample(_)));
        left == 0
    }
}

/// The largest delay that the generator reports, and the interval of its requests: the error that a held-up
/// thread can add to the time of a request that ended before the last one was sent.
fn held_up(load: &Load, samples: &[&Sample]) -> (Nanos, Nanos) {
    let late = samples.iter().map(|sample| sample.sent.since(sample.due)).max().unwrap();
    let last = samples.iter().map(|sample| sample.sent).max().unwrap();
    (late.plus(Nanos(load.interval_ns())), last)
}

/// Requests that timed out did so after this time, within the accuracy of their generator.
fn given_up_in_time(load: &Load, all: &[&Sample], given_up: &[&Sample], after: Nanos) {
    let (held_up, last) = held_up(load, all);
    assert!(!given_up.is_empty());
    for sample in given_up {
        let took = sample.done.since(sample.sent);
        assert!(took >= after, "{took}");
        // For later requests the generator has not reported its delay.
        if sample.done < last {
            assert!(
                took <= after.plus(held_up),
                "{took}, and the generator was held up for {held_up} at most"
            );
        }
    }
}

fn samples(events: &[Event]) -> Vec<&Sample> {
    let mut samples = Vec::new();
    for event in events {
        if let What::Sample(sample) = &event.what {
            samples.push(sample);
        }
    }
    samples
}

const LOCAL: Ipv4Addr = Ipv4Addr::LOCALHOST;

#[test]
fn requests_are_due_at_fixed_times_whatever_becomes_of_them() {
    let _alone = alone();
    // Every request hangs for 300 ms: a client that waited for its answer would send 3 of them in a second.
    let server = Server::start(LOCAL, 0, |_| Reply::Late(Duration::from_millis(300), "fine".to_owned()));
    let events = run_until(&http(server.address.port(), 50), LOCAL, 0, ended(50));
    let mut samples = samples(&events);
    samples.sort_by_key(|sample| sample.seq);
    assert!(samples.len() >= 50);
    for (seq, sample) in (0..).zip(&samples) {
        assert_eq!((sample.seq, sample.due), (seq, Nanos::millis(50 + 20 * seq)));
        assert_eq!(sample.answer, Answer::Ok);
        assert!(sample.sent >= sample.due && sample.done.since(sample.sent) >= Nanos::millis(300));
    }
    // Regardless of the machine's load: a client that waits sends none while another is in flight.
    let side_by_side = samples.windows(2).filter(|pair| pair[1].sent < pair[0].done).count();
    assert!(side_by_side * 2 > samples.len(), "{side_by_side} of {}", samples.len());
}

#[test]
fn every_kind_of_failure_has_its_name() {
    let count = AtomicUsize::new(0);
    let server = Server::start(LOCAL, 0, move |_| match count.fetch_add(1, Ordering::Relaxed) % 6 {
        0 => Reply::Page("all is fine".to_owned()),
        1 => Reply::Page("all is lost".to_owned()),
        2 => Reply::Status(503),
        3 => Reply::Reset,
        4 => Reply::Cut,
        _ => Reply::Silence,
    });
    let load = http(server.address.port(), 20);
    let events = run_until(&load, LOCAL, 0, ended(20));
    let seen: BTreeSet<String> =
        samples(&events).iter().map(|sample| format!("{:?}", sample.answer)).collect();
    let named = [
        "Incomplete",
        "Ok",
        "Reset",
        "Status { code: 503 }",
        "Timeout",
        "WrongBody { begins: \"all is lost\" }",
    ];
    assert!(seen.iter().eq(named), "{seen:?}");
    let silent: Vec<&Sample> =
        samples(&events).into_iter().filter(|sample| sample.answer == Answer::Timeout).collect();
    given_up_in_time(&load, &samples(&events), &silent, load.timeout.into());
}

#[test]
fn a_closed_port_and_a_silent_one_are_told_apart() {
    let _alone = alone();
    let closed = TcpListener::bind((LOCAL, 0)).unwrap().local_addr().unwrap().port();
    for sample in samples(&run_until(&http(closed, 50), LOCAL, 0, ended(10))) {
        assert_eq!(sample.answer, Answer::Refused);
    }
    // A listener whose queue is full drops each SYN, like a host that is gone.
    let full = SilentPort::new();
    let load = http(full.address.port(), 50);
    let events = run_until(&load, LOCAL, 0, ended(14));
    for sample in samples(&events) {
        assert_eq!(sample.answer, Answer::ConnectTimeout);
    }
    // Before the kernel's second SYN, which follows after a second.
    given_up_in_time(&load, &samples(&events), &samples(&events), load.connect_timeout.into());
}

/// A listening socket that accepts nothing, its queue filled.
struct SilentPort {
    address: SocketAddrV4,
    _listener: socket2::Socket,
    _queued: Vec<std::net::TcpStream>,
}

impl SilentPort {
    fn new() -> Self {
        let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        listener.bind(&SocketAddrV4::new(LOCAL, 0).into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap().as_socket_ipv4().unwrap();
        let connect = |_| std::net::TcpStream::connect_timeout(&address.into(), Duration::from_millis(100));
        let queued = (0..3).map_while(|n| connect(n).ok()).collect();
        Self { address, _listener: listener, _queued: queued }
    }
}

#[test]
fn a_fast_load_whose_service_hangs_sends_every_request() {
    halab::testing::base::descriptors::raise_limit();
    // Connections open, because the kernel accepts them, and no server ever reads the requests.
    let hung = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    hung.bind(&SocketAddrV4::new(LOCAL, 0).into()).unwrap();
    hung.listen(4096).unwrap();
    let mut load = http(hung.local_addr().unwrap().as_socket_ipv4().unwrap().port(), 600);
    load.timeout = Millis::seconds(1);
    // More than 400 are in flight at a time, which was once the limit.
    let events = run_until(&load, LOCAL, 0, ended(900));
    let dropped = events.iter().filter(|event| matches!(event.what, What::Dropped { .. })).count();
    let samples = samples(&events);
    let (held_up, _) = held_up(&load, &samples);
    // A generator that was held up for its requests' time-out has too many to send at once, and reports it.
    assert!(dropped == 0 || held_up > load.timeout.into(), "{dropped} dropped, held up for {held_up}");
    assert!(samples.iter().all(|sample| sample.answer == Answer::Timeout));
}

#[test]
fn writes_are_acknowledged_by_number_and_read_back() {
    let _alone = alone();
    let rows = Arc::new(Mutex::new(vec!["7".to_owned(), "by-hand".to_owned()]));
    let (table, count) = (Arc::clone(&rows), AtomicUsize::new(0));
    let server = Server::start(LOCAL, 0, move |path| {
        if path == "/ledger" {
            let lines = table.lock().unwrap();
            return Reply::Page(format!("{}\nend {}\n", lines.join("\n"), lines.len()));
        }
        match path {
            "/half" => return Reply::Page("1\n2\nend 3\n".to_owned()),
            "/gone" => return Reply::Status(404),
            "/silence" => return Reply::Silence,
            _ => {}
        }
        let id: u64 = path.strip_prefix("/append?id=").unwrap().parse().unwrap();
        table.lock().unwrap().push(id.to_string());
        match count.fetch_add(1, Ordering::Relaxed) % 3 {
            0 => Reply::Page(written(&id.to_string()) + "\nnode node1\n"),
            // The acknowledgement of another write does not count.
            1 => Reply::Page(written(&(id * 10).to_string())),
            _ => Reply::Silence,
        }
    });
    let load = Load { kind: ledger::kind("/append?id=", "/ledger"), ..http(server.address.port(), 50) };
    let never = &AtomicBool::new(false);
    let events = run_until(&load, LOCAL, 5000, ended(25));
    let answers: BTreeSet<String> = samples(&events)
        .iter()
        .map(|sample| format!("{:?}", sample.answer).chars().take(9).collect())
        .collect();
    assert!(answers.iter().eq(["Ok", "Timeout", "WrongBody"]), "{answers:?}");
    let by: BTreeSet<_> = samples(&events).iter().filter_map(|sample| sample.node.clone()).collect();
    assert!(by.iter().map(|node| node.as_str()).eq(["node1"]));
    let ids =
        read_ledger(LOCAL, load.port, "/ledger", (&(5000..10_000), None), Duration::from_secs(2), never)
            .unwrap();
    assert_eq!(BTreeSet::from_iter(ids.iter().copied()).len(), samples(&events).len());
    assert!(!ids.contains(&7), "numbers of other drills are left out");
    for (path, says) in [("/half", "not whole"), ("/gone", "status 404"), ("/silence", "timed out")] {
        let error = read_ledger(LOCAL, load.port, path, (&(0..9), None), Duration::from_millis(300), never)
            .unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}
