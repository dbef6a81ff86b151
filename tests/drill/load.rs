use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use halab::drill::load::{Clients, read_ledger, written};
use halab::model::Millis;
use halab::model::drill::{Connection, Load, LoadKind};
use halab::record::{Answer, Clock, Event, Nanos, Sample, What};

use super::alone;
use super::server::{Reply, Server};

pub fn page(connection: Connection) -> LoadKind {
    LoadKind::Http { path: "/health".to_owned(), expect: "fine".to_owned(), connection }
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

/// Runs a load for so many milliseconds from the time that its first request is due, or for more on a busy machine.
pub fn run(load: &Load, ip: Ipv4Addr, first_id: u64, millis: u64) -> Vec<Event> {
    let (events, received) = channel();
    let (clock, stop) = (Clock::start(), AtomicBool::new(false));
    let first_due = Nanos::millis(50);
    std::thread::scope(|scope| {
        let clients = Clients { load, ip, first_due, first_id, clock, stop: &stop, events };
        let thread = scope.spawn(|| clients.run().unwrap());
        std::thread::sleep(Duration::from_millis(50 + millis));
        stop.store(true, Ordering::Relaxed);
        thread.join().unwrap();
    });
    received.into_iter().collect()
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
    let events = run(&http(server.address.port(), 50), LOCAL, 0, 1000);
    let mut samples = samples(&events);
    samples.sort_by_key(|sample| sample.seq);
    assert!(!samples.is_empty());
    for (seq, sample) in (0..).zip(&samples) {
        assert_eq!((sample.seq, sample.due), (seq, Nanos::millis(50 + 20 * seq)));
        assert_eq!(sample.answer, Answer::Ok);
        assert!(sample.sent >= sample.due && sample.done.since(sample.sent) >= Nanos::millis(300));
    }
    // A request that was sent after the one before it had ended was late by its own account.
    for pair in samples.windows(2) {
        let [before, after] = pair else { unreachable!("windows of two") };
        let late = after.sent.since(after.due) > Nanos::millis(250);
        assert!(after.sent < before.done || late, "{before:?}, then {after:?}");
    }
}

#[test]
fn every_kind_of_failure_has_its_name() {
    let _alone = alone();
    let (count, stall) = (AtomicUsize::new(0), Duration::from_secs(2));
    let server = Server::start(LOCAL, 0, move |_| match count.fetch_add(1, Ordering::Relaxed) % 7 {
        0 => Reply::Page("all is fine".to_owned()),
        1 => Reply::Page("all is lost".to_owned()),
        2 => Reply::Status(503),
        3 => Reply::Reset,
        4 => Reply::Cut,
        5 => Reply::Late(stall, "fine".to_owned()),
        _ => Reply::Silence,
    });
    let events = run(&http(server.address.port(), 20), LOCAL, 0, 700);
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
    for sample in samples(&events).iter().filter(|sample| sample.answer == Answer::Timeout) {
        let took = sample.done.since(sample.sent);
        assert!(took >= Nanos::millis(400), "{took}");
    }
}

#[test]
fn a_closed_port_and_a_silent_one_are_told_apart() {
    let _alone = alone();
    let closed = TcpListener::bind((LOCAL, 0)).unwrap().local_addr().unwrap().port();
    for sample in samples(&run(&http(closed, 50), LOCAL, 0, 200)) {
        assert_eq!(sample.answer, Answer::Refused);
    }
    // A listener whose queue is full drops each SYN, as a host does that is gone.
    let full = SilentPort::new();
    let events = run(&http(full.address.port(), 50), LOCAL, 0, 300);
    assert!(!samples(&events).is_empty());
    for sample in samples(&events) {
        assert_eq!(sample.answer, Answer::ConnectTimeout);
        let took = sample.done.since(sample.sent);
        assert!(took >= Nanos::millis(200), "{took}");
    }
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
fn a_generator_that_cannot_keep_its_schedule_says_so() {
    let _alone = alone();
    let server = Server::start(LOCAL, 0, |_| Reply::Silence);
    let mut load = http(server.address.port(), 400);
    load.timeout = Millis::seconds(2);
    load.connect_timeout = Millis(400);
    let events = run(&load, LOCAL, 0, 1300);
    let dropped = events.iter().filter(|event| matches!(event.what, What::Dropped { .. })).count();
    assert!(dropped > 50, "{dropped}");
    assert_eq!(samples(&events).len(), 400, "every request that was sent is accounted for");
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
            0 => Reply::Page(written(id) + "\nnode node1\n"),
            // The acknowledgement of another write is none.
            1 => Reply::Page(written(id * 10)),
            _ => Reply::Silence,
        }
    });
    let load = Load {
        kind: LoadKind::Ledger { append: "/append?id=".to_owned(), read: "/ledger".to_owned() },
        ..http(server.address.port(), 50)
    };
    let never = &AtomicBool::new(false);
    let events = run(&load, LOCAL, 5000, 500);
    let answers: BTreeSet<String> = samples(&events)
        .iter()
        .map(|sample| format!("{:?}", sample.answer).chars().take(9).collect())
        .collect();
    assert!(answers.iter().eq(["Ok", "Timeout", "WrongBody"]), "{answers:?}");
    let by: BTreeSet<_> = samples(&events).iter().filter_map(|sample| sample.node.clone()).collect();
    assert!(by.iter().map(|node| node.as_str()).eq(["node1"]));
    let ids = read_ledger(LOCAL, load.port, "/ledger", 5000..10_000, Duration::from_secs(2), never).unwrap();
    assert_eq!(BTreeSet::from_iter(ids.iter().copied()).len(), samples(&events).len());
    assert!(!ids.contains(&7), "numbers of others are left out");
    for (path, says) in [("/half", "not whole"), ("/gone", "status 404"), ("/silence", "timed out")] {
        let error = read_ledger(LOCAL, load.port, path, 0..9, Duration::from_millis(300), never).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}
