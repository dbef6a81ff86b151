//! Requests to a telephone exchange: each is accounted for by its outcome.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::mpsc::channel;
use std::time::Duration;

use halab::model::Millis;
use halab::model::drill::Load;
use halab::record::{Answer, Event, Nanos, Sample, What};
use halab::testing::probe::sip::{self, Method};

use super::alone;
use super::exchange::{Exchange, answer, header};
use super::load::{http, run};

const LOCAL: Ipv4Addr = Ipv4Addr::LOCALHOST;

pub fn sip(port: u16, rate: u32, method: Method) -> Load {
    let kind = sip::kind(method, "100");
    Load { name: "sip".parse().unwrap(), kind, timeout: Millis(150), ..http(port, rate) }
}

/// The outcomes, in the order in which the requests were due.
pub fn samples(events: &[Event]) -> Vec<Sample> {
    let mut samples: Vec<Sample> = Vec::new();
    for event in events {
        if let What::Sample(sample) = &event.what {
            samples.push(sample.clone());
        }
    }
    samples.sort_by_key(|sample| sample.seq);
    samples
}

#[test]
fn every_request_is_sent_once_and_judged_by_its_own_answer() {
    let _alone = alone();
    let (sender, asked) = channel();
    let exchange = Exchange::start(move |request| {
        let number: u32 = header(request, "CSeq").split_once(' ').unwrap().0.parse().unwrap();
        sender.send((number, request.to_owned())).unwrap();
        match number % 6 {
            0 => vec![answer(request, "200 OK")],
            1 => vec![answer(request, "100 Trying"), answer(request, "200 OK"), answer(request, "200 OK")],
            2 => vec![answer(request, "503 Service Unavailable")],
            // Of another transaction, or of none.
            3 => vec![answer(request, "200 OK").replace("branch=z9hG4bK", "branch=z9hG4bK9")],
            4 => vec!["nonsense".to_owned(), answer(request, "100 Trying")],
            _ => Vec::new(),
        }
    });
    let events = run(&sip(exchange.address.port(), 60, Method::Options), LOCAL, 7, 1000);
    let samples = samples(&events);
    assert!(samples.len() >= 28, "{}", samples.len());
    for (seq, sample) in (0..).zip(&samples) {
        assert_eq!((sample.seq, sample.due.0 / 1000), (seq, 50_000 + 16_666_666 * seq / 1000));
        let expected = match (seq + 1) % 6 {
            0 | 1 => Answer::Ok,
            2 => Answer::Status { code: 503 },
            _ => Answer::Timeout,
        };
        assert_eq!(sample.answer, expected, "request {seq}");
        let took = sample.done.since(sample.sent);
        match sample.answer {
            Answer::Timeout => assert!(took >= Nanos::millis(150), "{took}"),
            _ => assert!(took < Nanos::millis(150), "{took}"),
        }
    }
    let asked: Vec<(u32, String)> = asked.try_iter().collect();
    assert!(asked.iter().map(|(number, _)| *number).eq(1..=samples.len() as u32), "none was retransmitted");
    let request = &asked[0].1;
    assert!(request.starts_with(&format!("OPTIONS sip:{} SIP/2.0\r\n", exchange.address)), "{request}");
    assert!(request.contains("From: <sip:100@") && request.ends_with("\r\n\r\n"), "{request}");
}

#[test]
fn registrations_say_where_the_phone_is() {
    let _alone = alone();
    let (sender, asked) = channel();
    let exchange = Exchange::start(move |request| {
        sender.send(request.to_owned()).unwrap();
        vec![answer(request, "200 OK")]
    });
    let events = run(&sip(exchange.address.port(), 50, Method::Register), LOCAL, 7, 300);
    let samples = samples(&events);
    assert!(samples.len() > 13 && samples.iter().all(|sample| sample.answer == Answer::Ok));
    let asked: Vec<String> = asked.try_iter().collect();
    for request in &asked {
        assert!(request.starts_with("REGISTER "), "{request}");
        assert_eq!(header(request, "To"), format!("<sip:100@{}>", exchange.address));
        assert_eq!(header(request, "Expires"), "3600");
        assert_eq!(header(request, "Call-ID"), "7", "all registrations of a phone use one Call-ID");
        let from = header(request, "Via").split_once(' ').unwrap().1.split(';').next().unwrap();
        assert_eq!(header(request, "Contact"), format!("<sip:100@{from}>"));
    }
}

#[test]
fn a_rate_that_is_higher_than_answers_are_fast_is_kept() {
    let _alone = alone();
    // Each answer takes 80 ms, so that 16 requests are in flight at a time.
    let server = UdpSocket::bind((LOCAL, 0)).unwrap();
    server.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let port = server.local_addr().unwrap().port();
    let echo = std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = server.recv_from(&mut buffer) {
            let (text, server) = (String::from_utf8(buffer[..length].to_vec()).unwrap(), server.try_clone());
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(80));
                server.unwrap().send_to(answer(&text, "200 OK").as_bytes(), from).unwrap();
            });
        }
    });
    let samples = samples(&run(&sip(port, 200, Method::Options), LOCAL, 8, 800));
    assert!(samples.len() >= 75, "{}", samples.len());
    let good = samples.iter().filter(|sample| sample.answer == Answer::Ok).count();
    assert!(good * 10 >= samples.len() * 9, "{good} of {}", samples.len());
    assert!(samples.iter().all(|sample| sample.done.since(sample.sent) >= Nanos::millis(80)));
    echo.join().unwrap();
}
