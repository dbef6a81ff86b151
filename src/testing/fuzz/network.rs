//! What servers and networks send to clients.

use std::net::Ipv4Addr;

use jiff::Timestamp;

use super::cut;
use crate::base::http::head;
use crate::drill::arp::frame;
use crate::guest::SshError;
use crate::guest::keeper::wire as keeper;
use crate::probe::apart::wire::{self as apart, is_of};
use crate::probe::call::rtp;
use crate::probe::packets::wire;
use crate::probe::program::wire::Reply;
use crate::probe::ring::Ring;
use crate::probe::sip::message::{Draft, Message, Start, address, parameter};
use crate::probe::sip::{Ports, sdp};
use crate::probe::web::ledger;
use crate::probe::web::response::{ExpectedAnswer, judge, leaves_open, told};
use crate::probe::xmpp::login::{Account, LoginStep, next};
use crate::probe::xmpp::stanza::{Incoming, Piece};
use crate::record::{Answer, Event, Nanos};
use crate::web::channel::{Ask, Opening};
use crate::web::{Grant, Role, Scope, permission};

/// Frames of ARP.
pub fn arp(input: &[u8]) {
    let _ = frame::hear(input);
}

/// Answers of web servers.
pub fn http(input: &[u8]) {
    if let Ok(Some(head)) = head(input) {
        assert!(head.body <= input.len());
        let _ = (head.length(), head.stays(), head.field("X-Node"));
    }
    leaves_open(input);
    let wanted = [
        ExpectedAnswer::Contains("ok".to_owned()),
        ExpectedAnswer::FirstLine("ok 17".to_owned()),
        ExpectedAnswer::Told("replicated".to_owned()),
        ExpectedAnswer::Connection,
    ];
    for wanted in wanted {
        assert!(judge(input, true, &wanted).is_some(), "a closed connection has an outcome");
        let _ = judge(input, false, &wanted);
    }
    let text = String::from_utf8_lossy(input);
    if let Some((low, high)) = told(&text, "replicated") {
        assert!(low <= high);
    }
    let range = 1000..2000;
    let nonces = crate::base::nonces::Nonces::try_from("00".repeat(32)).ok();
    for nonces in [None, nonces.as_ref()] {
        if let Ok(ids) = ledger::ids(&text, &range, nonces) {
            assert!(ids.iter().all(|id| range.contains(id)));
        }
    }
}

/// Packets of UDP, ICMP and RTP.
pub fn packets(input: &[u8]) {
    let _ = wire::number(input, 7);
    let _ = wire::echo_reply(input).map(|payload| wire::number(payload, 7));
    let _ = rtp::read(input);
    // A stream whose answers have any numbers, at any time.
    let mut ring = Ring::new(7);
    for step in input.chunks_exact(2) {
        let (what, value) = (step[0], u64::from(step[1]));
        match what % 4 {
            0 if !ring.is_full() => ring.push((value % 2 == 0).then_some(Nanos(value))),
            1 => drop(ring.answer(value, Nanos(value * 3))),
            2 => drop(ring.answer(u64::MAX - value, Nanos(value))),
            _ => drop(ring.settle(Nanos(value * 2), Nanos(9))),
        }
        assert!(ring.len() <= 7);
    }
}

/// Messages of a telephone exchange, and the sessions in them.
pub fn sip(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let ports = Ports { audio: 4000, video: Some(4002) };
    let _ = sdp::read(&text);
    let answer = sdp::answer(Ipv4Addr::LOCALHOST, ports, &text);
    assert!(answer.len() <= 200 + 100 * text.len(), "an answer is not much longer than the offer");
    let Some(message) = Message::parse(&text) else { return };
    let _ = (message.branch(), message.sequence(), sdp::read(message.body));
    for name in ["to", "from", "contact", "via"] {
        let Some(value) = message.header(name) else { continue };
        let _ = (address(value), parameter(value, "tag"), parameter(value, "branch"));
    }
    if let Start::Request { .. } = message.start {
        let answer = Draft::answer(&message, "200 OK", "5").with_session("v=0\r\n");
        assert!(Message::parse(&answer).is_some(), "our answer is a message");
    }
}

/// What processes without rights say: those of loads and of sessions with nodes, and programs of labs.
pub fn workers(input: &[u8]) {
    let load = "page".parse().expect("a name");
    for line in input.split(|byte| *byte == b'\n') {
        if let Ok(apart::Said::Event(event)) = serde_json::from_slice(line)
            && is_of(&load, &event.what)
        {
            let json = serde_json::to_string(&event).expect("an event can be recorded");
            assert_eq!(serde_json::from_slice::<Event>(json.as_bytes()).expect("and read again"), event);
        }
        if let Ok(reply) = Reply::read(line)
            && let Answer::Other { message } = reply.answer()
        {
            assert!(!message.contains(char::is_control) && message.chars().count() <= 200);
        }
    }
    let (mut stream, mut line) = (input, Vec::new());
    while let Ok(Some(answer)) = keeper::receive::<keeper::Answer>(&mut stream, &mut line) {
        match answer {
            keeper::Answer::Output(text) => drop(keeper::decoded(&text)),
            keeper::Answer::Failed(failure) => drop(SshError::from(failure).to_string()),
            _ => {}
        }
    }
    let (mut stream, mut line) = (input, Vec::new());
    while let Ok(Some(_)) = keeper::receive::<keeper::Request>(&mut stream, &mut line) {}
}

/// The stream of a chat server, and a login on it.
pub fn xmpp(input: &[u8]) {
    let (one, two) = cut(input);
    let account = Account { user: "100".to_owned(), domain: "lab".to_owned(), password: "p".to_owned() };
    let (mut incoming, mut step) = (Incoming::default(), LoginStep::Offer);
    for piece in [one, two] {
        incoming.add(piece);
        while let Ok(Some(piece)) = incoming.take() {
            if let Piece::Element(element) = &piece {
                let _ = (element.attribute("id"), element.child("body"));
            }
            match next(step, &piece, &account) {
                Ok((then, _)) => step = then,
                Err(_) => return,
            }
        }
    }
}

/// What the front of the page passes on, and what a browser says of its window.
pub fn page(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Some(told) = crate::web::front::terminal::size(&text) {
        let [columns, rows] = told.size();
        assert!((1..=1000).contains(&columns) && (1..=500).contains(&rows));
    }
    let Ok(opening) = serde_json::from_slice::<Opening>(text.as_bytes()) else { return };
    let json = serde_json::to_string(&opening).expect("an ask is data");
    serde_json::from_slice::<Opening>(json.as_bytes()).expect("it is read again");
    let Ask::Request { name, arguments } = opening.ask else { return };
    if let Some(Ok(request)) = permission::offered(&name, &arguments) {
        let viewer = Grant {
            name: String::new(),
            role: Role::Viewer,
            scope: Scope::All,
            until: Timestamp::MAX,
            seat: None,
        };
        // A viewer changes nothing.
        if permission::need(&request).is_some_and(|need| need.refuses(&viewer).is_none()) {
            assert!(!request.changes(), "{name}");
        }
    }
}
