//! Requests that open connections independently, and the queue of their deadlines.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use mio::{Events, Registry};

use super::ledger::written;
use super::pool::Pool;
use super::request::{Progress, Question, Request};
use super::response::{ExpectedAnswer, Judgement};
use super::told::Timed;
use crate::base::http;
use crate::model::drill::Load;
use crate::probe::clients::Clients;
use crate::probe::kind::{Next, Session, token};
use crate::probe::outcome::outcome_of;
use crate::record::{Answer, Nanos, Sample, What};

/// The largest number of requests of a load in flight during an outage: those of the highest rate with the
/// default time-out.
pub const MOST_UNANSWERED: u64 = 2000;

/// The limit of requests in flight: twice the number during an outage, so that only a generator that was held
/// up itself drops any.
pub fn most_under_way(load: &Load) -> usize {
    let silent = (u64::from(load.rate).saturating_mul(load.timeout.0) / 1000).min(MOST_UNANSWERED);
    // At most a few thousand.
    2 * silent as usize + 16
}

/// The request of a load.
#[derive(Debug, Clone)]
pub enum Asks {
    /// A connection that opens, and no more.
    Connection,
    /// A page, and what a good answer must contain.
    Page(String, ExpectedAnswer),
    /// A write of a number, by this path with the number at its end.
    Write(String),
}

/// The requests of a load.
pub struct Requests<'a> {
    clients: &'a Clients<'a>,
    asks: Asks,
    registry: Registry,
    /// The index of the next.
    next: u64,
    under_way: BTreeMap<u64, Request>,
    /// The limit of requests in flight.
    most: usize,
    /// When requests expire, the earliest first. Some of them are finished by then, and some have more time
    /// because they are connected.
    expiries: BinaryHeap<Reverse<(Instant, u64)>>,
    pool: Pool,
    /// The number of connections that were begun.
    opened: u64,
}

impl<'a> Requests<'a> {
    /// Creates the load; no request was sent yet.
    pub fn new(clients: &'a Clients<'a>, registry: Registry, asks: Asks) -> Self {
        let (under_way, expiries, pool) = (BTreeMap::new(), BinaryHeap::new(), Pool::default());
        let most = most_under_way(clients.load);
        Self { clients, asks, registry, next: 0, under_way, most, expiries, pool, opened: 0 }
    }

    fn send(&mut self, seq: u64) {
        let under_way = self.under_way.len();
        if under_way >= self.most {
            return self.clients.drop_request(seq, format!("{under_way} requests were under way"));
        }
        let sent = self.clients.clock.now();
        let mut request = Request::new(seq, self.clients.due(seq), sent, self.question(seq));
        let begun = match self.pool.take() {
            Some(stream) => request.reuse(stream, &self.registry),
            None => self.connect(&mut request),
        };
        self.begun(request, begun);
    }

    /// Begins to connect.
    fn connect(&mut self, request: &mut Request) -> io::Result<()> {
        self.opened += 1;
        let server = SocketAddr::from((self.clients.ip, self.clients.load.port));
        request.connect(self.clients.sockets.tcp(server)?, &self.registry)
    }

    fn begun(&mut self, request: Request, begun: io::Result<()>) {
        match begun {
            Ok(()) => {
                self.expiries.push(Reverse((request.expires(), request.seq)));
                self.under_way.insert(request.seq, request);
            }
            Err(error) => match outcome_of(&error, false) {
                // A failure of the client's own machine, which says nothing about the service.
                Answer::Other { message } => self.clients.drop_request(request.seq, message),
                answer => self.tell_sample(&request, (answer, None)),
            },
        }
    }

    fn question(&self, seq: u64) -> Question {
        let load = self.clients.load;
        let ask =
            |method, path: &str| http::request(method, path, self.clients.ip, load.kind.keeps_connections());
        let (output, wanted) = match &self.asks {
            Asks::Page(path, wanted) => (ask("GET", path), wanted.clone()),
            Asks::Write(append) => {
                let id = self.clients.first_id + seq;
                let name = self.clients.nonces.as_ref().map_or_else(|| id.to_string(), |all| all.named(id));
                (ask("POST", &format!("{append}{name}")), ExpectedAnswer::FirstLine(written(&name)))
            }
            Asks::Connection => (String::new(), ExpectedAnswer::Connection),
        };
        Question {
            output: output.into_bytes(),
            wanted,
            deadline: Instant::now() + load.timeout.duration(),
            connect_timeout: load.connect_timeout.duration(),
        }
    }

    fn advance(&mut self, seq: u64) {
        match self.under_way.get_mut(&seq).and_then(Request::advance) {
            None => {}
            Some(Progress::Judged(judgement)) => self.end(seq, judgement),
            Some(Progress::Stale) => {
                let Some(mut request) = self.under_way.remove(&seq) else { return };
                let begun = self.connect(&mut request);
                self.begun(request, begun);
            }
        }
    }

    fn expire(&mut self) {
        let now = Instant::now();
        while let Some(Reverse((expiry, seq))) = self.expiries.peek().copied() {
            if expiry > now {
                return;
            }
            self.expiries.pop();
            let Some(request) = self.under_way.get(&seq) else { continue };
            let expires = request.expires();
            if expires <= now {
                let answer = request.expired();
                self.end(seq, (answer, None));
            } else {
                self.expiries.push(Reverse((expires, seq)));
            }
        }
    }

    fn end(&mut self, seq: u64, judgement: Judgement) {
        if let Some(request) = self.under_way.remove(&seq) {
            if judgement.0 == Answer::Ok
                && let Some((low, high)) = request.told()
            {
                self.clients.tell(Timed { due: request.due, low, high }.told(&self.clients.load.name));
            }
            self.tell_sample(&request, judgement);
            if self.clients.load.kind.keeps_connections()
                && let Some(stream) = request.into_idle()
            {
                self.pool.keep(stream);
            }
        }
    }

    fn tell_sample(&self, request: &Request, (answer, node): Judgement) {
        let (load, done) = (self.clients.load.name.clone(), self.clients.clock.now());
        let Request { seq, due, sent, .. } = *request;
        self.clients.tell(What::Sample(Sample { load, seq, due, sent, done, answer, node }));
    }
}

impl Session for Requests<'_> {
    fn turn(&mut self, ready: &Events) -> io::Result<Next> {
        for event in ready {
            self.advance(token(event) as u64);
        }
        self.expire();
        let stopping = self.clients.stopping();
        while !stopping && self.clients.due(self.next) <= self.clients.clock.now() {
            self.send(self.next);
            self.next += 1;
        }
        if stopping && self.under_way.is_empty() {
            return Ok(Next::Over);
        }
        let expiry = self.expiries.peek().map(|Reverse((expiry, _))| self.clients.clock.at(*expiry));
        let due = (!stopping).then(|| self.clients.due(self.next));
        Ok(Next::At(expiry.into_iter().chain(due).min().unwrap_or(Nanos(u64::MAX))))
    }

    fn connections(&self) -> Option<u64> {
        self.clients.load.kind.keeps_connections().then_some(self.opened)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};
    use std::sync::atomic::AtomicBool;
    use std::sync::mpsc::channel;

    use super::*;
    use crate::model::Millis;
    use crate::probe::sockets::Here;
    use crate::probe::wait::Waiter;
    use crate::probe::web::http::{Connection, Page};
    use crate::record::Clock;

    fn load(rate: u32, timeout: Millis) -> Load {
        let (name, address) = ("web".parse().unwrap(), "web".parse().unwrap());
        let kind = super::super::tcp::kind();
        Load { name, address, node: None, port: 80, rate, connect_timeout: timeout, timeout, kind }
    }

    #[test]
    fn there_is_room_for_twice_as_many_as_nothing_answers() {
        assert_eq!(most_under_way(&load(10, Millis(500))), 26);
        assert_eq!(most_under_way(&load(500, Millis(1000))), 1016);
        assert_eq!(most_under_way(&load(1000, Millis(2000))), 4016);
        assert_eq!(most_under_way(&load(u32::MAX, Millis(u64::MAX))), 4016);
    }

    /// A generator that was held up has more requests due than the limit allows, and reports those that it
    /// dropped.
    #[test]
    fn what_has_no_room_is_dropped_and_said() {
        let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let kind = Page { path: "/".to_owned(), expect: String::new(), connection: Connection::New }.kind();
        let load = Load { kind, port: silent.local_addr().unwrap().port(), ..load(1000, Millis(300)) };
        let (events, received) = channel();
        let stop = AtomicBool::new(false);
        let (ip, clock) = (Ipv4Addr::LOCALHOST, Clock::start());
        let clients = Clients {
            load: &load,
            ip,
            first_due: Nanos(0),
            first_id: 0,
            nonces: None,
            clock,
            stop: &stop,
            events,
            sockets: &Here,
        };
        let mut waiter = Waiter::new().unwrap();
        let asks = Asks::Page("/".to_owned(), ExpectedAnswer::Contains(String::new()));
        let mut requests = Requests { most: 3, ..Requests::new(&clients, waiter.registry().unwrap(), asks) };
        for seq in 0..10 {
            requests.send(seq);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        while let Next::At(_) = requests.turn(waiter.ready()).unwrap() {
            waiter.wait(std::time::Duration::from_millis(10)).unwrap();
        }
        drop(requests);
        drop(clients);
        let (mut sent, mut dropped) = (0, 0);
        for event in received {
            match event.what {
                What::Sample(sample) => {
                    assert_eq!(sample.answer, Answer::Timeout);
                    sent += 1;
                }
                What::Dropped { reason, .. } => {
                    assert_eq!(reason, "3 requests were under way");
                    dropped += 1;
                }
                _ => {}
            }
        }
        assert_eq!((sent, dropped), (3, 7));
    }
}
