//! Chat messages: each is accounted for, and accounts log in again when their connection is unusable.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use halab::model::Millis;
use halab::model::drill::Load;
use halab::record::{Answer, Event, Nanos, Sample};
use halab::report::{analyse, text};
use halab::testing::probe::xmpp::{Phase, Plan};

use super::chatroom::{Chatroom, WRONG};
use super::golden::told;
use super::load::{http, run};
use super::sip::samples;
use super::{alone, undisturbed};

const LOCAL: Ipv4Addr = Ipv4Addr::LOCALHOST;

fn chat(port: u16, password: &str) -> Load {
    let word = str::to_owned;
    let plan = Plan {
        user: word("100"),
        peer: word("101"),
        domain: word("lab"),
        password: word(password),
        reconnect_after: Millis(500),
    };
    Load { name: "chat".parse().unwrap(), kind: plan.kind(), timeout: Millis(300), ..http(port, 50) }
}

fn logins(events: &[Event], own: &str) -> Vec<Phase> {
    let mut phases = Vec::new();
    for event in events {
        if let Some((_, account, phase)) = Phase::read(&event.what)
            && account == own
        {
            phases.push(phase);
        }
    }
    phases
}

fn lengths(samples: &[Sample]) -> Vec<(bool, usize)> {
    let good = |sample: &Sample| sample.answer == Answer::Ok;
    samples.chunk_by(|a, b| good(a) == good(b)).map(|run| (good(&run[0]), run.len())).collect()
}

#[test]
fn every_message_is_accounted_for() {
    let _alone = alone();
    let room = Chatroom::start(Some(10));
    let events = run(&chat(room.address.port(), "lab"), LOCAL, 7, 1500);
    let samples = samples(&events);
    assert!(samples.len() >= 25, "{}", samples.len());
    for (seq, sample) in (0..).zip(&samples) {
        assert_eq!((sample.seq, sample.due.since(samples[0].due)), (seq, Nanos::millis(20 * seq)));
        let expected = if seq % 10 == 9 { Answer::Timeout } else { Answer::Ok };
        assert_eq!(sample.answer, expected, "message {seq}");
    }
    for account in ["100", "101"] {
        let phases = logins(&events, account);
        assert!(matches!(phases[..], [Phase::Online { took }] if took < Nanos::millis(1500)), "{phases:?}");
    }
}

#[test]
fn who_is_thrown_out_logs_in_again_at_once() {
    let _alone = alone();
    undisturbed(|| {
        let room = Chatroom::start(None);
        let events = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(700));
                room.throw_out();
            });
            run(&chat(room.address.port(), "lab"), LOCAL, 8, 1500)
        });
        let samples = samples(&events);
        let lost: usize = lengths(&samples).iter().filter(|(good, _)| !good).map(|(_, length)| length).sum();
        assert!(
            lost < 25 && lengths(&samples).last().is_some_and(|(good, length)| *good && *length > 15),
            "{lost}"
        );
        for account in ["100", "101"] {
            let phases = logins(&events, account);
            let [Phase::Online { .. }, Phase::Lost { answer }, Phase::Online { .. }] = &phases[..] else {
                panic!("{phases:?}")
            };
            assert!(matches!(answer, Answer::Incomplete | Answer::Reset), "{answer:?}");
        }
    });
}

#[test]
fn a_server_that_hangs_is_given_up() {
    let _alone = alone();
    let room = Chatroom::start(None);
    let events = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(600));
            room.hang(true);
            // Longer than the users' time-out: connections opened during this time are given up when they are
            // served.
            std::thread::sleep(Duration::from_millis(400));
            room.hang(false);
        });
        run(&chat(room.address.port(), "lab"), LOCAL, 9, 2500)
    });
    let samples = samples(&events);
    let lengths = lengths(&samples);
    let [(true, _), (false, lost), (true, _)] = lengths[..] else { panic!("{lengths:?}") };
    // 500 ms until they are given up; messages sent before are not repeated.
    assert!((24..=70).contains(&lost), "{lost}");
    let phases = logins(&events, "100");
    let [Phase::Online { .. }, Phase::Lost { answer: Answer::Timeout }, .., Phase::Online { .. }] =
        &phases[..]
    else {
        panic!("{phases:?}")
    };
}

#[test]
fn who_is_not_let_in_sends_nothing() {
    let _alone = alone();
    let room = Chatroom::start(None);
    let events = run(&chat(room.address.port(), WRONG), LOCAL, 10, 700);
    assert!(samples(&events).is_empty());
    let phases = logins(&events, "100");
    let message = "the password was refused: not-authorized".to_owned();
    assert!(phases.len() >= 2, "{phases:?}");
    assert!(
        phases
            .iter()
            .all(|phase| *phase == Phase::Failed { answer: Answer::Other { message: message.clone() } })
    );
    let closed = TcpListener::bind((LOCAL, 0)).unwrap().local_addr().unwrap().port();
    let phases = logins(&run(&chat(closed, "lab"), LOCAL, 11, 300), "101");
    assert!(
        !phases.is_empty() && phases.iter().all(|phase| *phase == Phase::Failed { answer: Answer::Refused })
    );
}

#[test]
fn the_report_tells_of_logins() {
    let _alone = alone();
    let room = Chatroom::start(None);
    let load = chat(room.address.port(), "lab");
    let mut record = told();
    record.header.drill.loads = vec![load.clone()];
    record.events = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(500));
            room.throw_out();
        });
        run(&load, LOCAL, 12, 1000)
    });
    let analysis = analyse(&record);
    let all = halab::report::logins::logins(&record);
    let [logins] = &all[..] else { panic!("{all:?}") };
    assert_eq!((logins.logins.len(), logins.lost.values().sum::<usize>(), logins.failed.len()), (4, 2, 0));
    let text = text(&analysis, 110);
    assert!(
        text.contains("\nLogins\n  chat: 4 logins, the slowest in ")
            && text.contains("; 2 connections lost: "),
        "{text}"
    );
}

#[test]
fn messages_that_are_rarer_than_users_are_patient_are_waited_for() {
    let _alone = alone();
    let room = Chatroom::start(None);
    let load = Load { rate: 1, ..chat(room.address.port(), "lab") };
    let events = run(&load, LOCAL, 13, 2600);
    assert!(samples(&events).len() >= 2 && samples(&events).iter().all(|sample| sample.answer == Answer::Ok));
    assert_eq!(logins(&events, "100").len(), 1, "a second between two messages is no silence");
}

/// How logins at a server fail that answers every connection with this, again and again.
fn hostile(answer: &str) -> Vec<String> {
    let listener = TcpListener::bind((LOCAL, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let open = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
    std::thread::scope(|scope| {
        let serving = scope.spawn(|| {
            // Both accounts try at least once, and the last connection ends the server.
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut first = [0; 1];
                if !matches!(stream.read(&mut first), Ok(1)) || first == *b"!" {
                    return;
                }
                let _ = stream.write_all(open.as_bytes());
                // The client closes the connection once it has enough.
                while stream.write_all(answer.as_bytes()).is_ok() {}
            }
        });
        let events = run(&chat(port, "lab"), LOCAL, 14, 700);
        std::net::TcpStream::connect((LOCAL, port)).unwrap().write_all(b"!").unwrap();
        serving.join().unwrap();
        assert!(samples(&events).is_empty());
        let failed = |phase| match phase {
            Phase::Failed { answer: Answer::Other { message } } => Some(message),
            _ => None,
        };
        logins(&events, "100").into_iter().filter_map(failed).collect()
    })
}

#[test]
fn a_server_that_nests_without_end_is_left() {
    let _alone = alone();
    // Dropping such elements one in the other would end the process.
    let nested = hostile(&"<a>".repeat(20_000));
    assert!(nested.iter().any(|message| message == "what came nests without end"), "{nested:?}");
    assert!(!hostile(&" ".repeat(100_000)).is_empty());
}

#[test]
fn a_server_that_talks_without_end_is_left() {
    let _alone = alone();
    let room = Chatroom::start(None);
    let events = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(600));
            room.flood();
        });
        run(&chat(room.address.port(), "lab"), LOCAL, 15, 1500)
    });
    let phases = logins(&events, "100");
    let message = "it talks without end: more than 256 KiB".to_owned();
    assert!(phases.contains(&Phase::Lost { answer: Answer::Other { message } }), "{phases:?}");
}
