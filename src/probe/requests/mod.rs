//! The thread that keeps the schedule of a load that opens connections.

mod ledger;
mod pool;
mod request;
mod response;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::{Events, Poll};

use crate::base::http;
use crate::model::drill::{Load, LoadKind};
use crate::probe::clients::Clients;
use crate::probe::outcome::outcome_of;
use crate::record::{Answer, Sample, What};
pub use ledger::{read_ledger, written};
use pool::Pool;
use request::{Progress, Question, Request};
use response::{Judgement, Wanted};

/// The longest the thread sleeps, so that a stop is seen soon.
const NAP: Duration = Duration::from_millis(50);

/// The most requests of a load that wait for an answer when nothing answers: those of the highest rate with the usual
/// time-out.
pub const MOST_UNANSWERED: u64 = 2000;

/// How many requests of a load may be under way: twice what it comes to when nothing answers, so that only a
/// generator that was held up itself has to drop any.
pub fn most_under_way(load: &Load) -> usize {
    let silent = (u64::from(load.rate).saturating_mul(load.timeout.0) / 1000).min(MOST_UNANSWERED);
    // At most a few thousand.
    2 * silent as usize + 16
}

/// The requests of a load.
pub struct Requests<'a> {
    clients: &'a Clients<'a>,
    poll: Poll,
    under_way: BTreeMap<u64, Request>,
    /// The most that may be.
    most: usize,
    /// When requests expire, the soonest first. Some are over by then, and some have more time since they are connected.
    expiries: BinaryHeap<Reverse<(Instant, u64)>>,
    pool: Pool,
    /// Connections that were begun.
    opened: u64,
}

impl<'a> Requests<'a> {
    /// None was sent yet.
    ///
    /// # Errors
    /// When the system gives no means to wait for sockets.
    pub fn new(clients: &'a Clients<'a>) -> io::Result<Self> {
        let (under_way, expiries, pool) = (BTreeMap::new(), BinaryHeap::new(), Pool::default());
        let most = most_under_way(clients.load);
        Ok(Self { clients, poll: Poll::new()?, under_way, most, expiries, pool, opened: 0 })
    }

    /// Sends requests until told to stop, waits for those under way, and says how many connections it took.
    ///
    /// # Errors
    /// When sockets cannot be waited for.
    pub fn run(mut self) -> io::Result<u64> {
        let mut ready = Events::with_capacity(256);
        let mut next = 0;
        loop {
            let stopping = self.clients.stopping();
            while !stopping && self.clients.due(next) <= self.clients.clock.now() {
                self.send(next);
                next += 1;
            }
            if stopping && self.under_way.is_empty() {
                return Ok(self.opened);
            }
            let expiry = self.expiries.peek().map(|Reverse((expiry, _))| *expiry);
            let due = (!stopping).then(|| self.clients.clock.instant(self.clients.due(next)));
            let wake = expiry.into_iter().chain(due).min();
            let nap = wake.map_or(NAP, |wake| wake.saturating_duration_since(Instant::now()).min(NAP));
            match self.poll.poll(&mut ready, Some(nap)) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &ready {
                self.advance(event.token().0 as u64);
            }
            self.expire();
        }
    }

    fn send(&mut self, seq: u64) {
        let under_way = self.under_way.len();
        if under_way >= self.most {
            return self.clients.drop_request(seq, format!("{under_way} requests were under way"));
        }
        let sent = self.clients.clock.now();
        let mut request = Request::new(seq, self.clients.due(seq), sent, self.question(seq));
        let begun = match self.pool.take() {
            Some(stream) => request.reuse(stream, self.poll.registry()),
            None => self.connect(&mut request),
        };
        self.begun(request, begun);
    }

    /// Begins to connect.
    fn connect(&mut self, request: &mut Request) -> io::Result<()> {
        self.opened += 1;
        let server = SocketAddr::from((self.clients.ip, self.clients.load.port));
        request.connect(server, self.poll.registry())
    }

    fn begun(&mut self, request: Request, begun: io::Result<()>) {
        match begun {
            Ok(()) => {
                self.expiries.push(Reverse((request.expires(), request.seq)));
                self.under_way.insert(request.seq, request);
            }
            Err(error) => match outcome_of(&error, false) {
                // The client's own machine could not do it: that says nothing about the service.
                Answer::Other { message } => self.clients.drop_request(request.seq, message),
                answer => self.tell_sample(&request, (answer, None)),
            },
        }
    }

    fn question(&self, seq: u64) -> Question {
        let load = self.clients.load;
        let ask =
            |method, path: &str| http::request(method, path, self.clients.ip, load.kind.keeps_connections());
        let (output, wanted) = match &load.kind {
            LoadKind::Http { path, expect, .. } => (ask("GET", path), Wanted::Contains(expect.clone())),
            LoadKind::Told { path, word } => (ask("GET", path), Wanted::Told(word.clone())),
            LoadKind::Ledger { append, .. } => {
                let id = self.clients.first_id + seq;
                (ask("POST", &format!("{append}{id}")), Wanted::FirstLine(written(id)))
            }
            _ => (String::new(), Wanted::Connection),
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
                let load = self.clients.load.name.clone();
                self.clients.tell(What::Told { load, due: request.due, low, high });
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

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};
    use std::sync::atomic::AtomicBool;
    use std::sync::mpsc::channel;

    use super::*;
    use crate::model::Millis;
    use crate::record::{Clock, Nanos};

    fn load(rate: u32, timeout: Millis) -> Load {
        let (name, address) = ("web".parse().unwrap(), "web".parse().unwrap());
        let kind = LoadKind::Tcp;
        Load { name, address, node: None, port: 80, rate, connect_timeout: timeout, timeout, kind }
    }

    #[test]
    fn there_is_room_for_twice_as_many_as_nothing_answers() {
        assert_eq!(most_under_way(&load(10, Millis(500))), 26);
        assert_eq!(most_under_way(&load(500, Millis(1000))), 1016);
        assert_eq!(most_under_way(&load(1000, Millis(2000))), 4016);
        assert_eq!(most_under_way(&load(u32::MAX, Millis(u64::MAX))), 4016);
    }

    /// A generator that was held up has more under way than there is room for, and says which it did not send.
    #[test]
    fn what_has_no_room_is_dropped_and_said() {
        let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let kind =
            LoadKind::Http { path: "/".to_owned(), expect: String::new(), connection: Default::default() };
        let load = Load { kind, port: silent.local_addr().unwrap().port(), ..load(1000, Millis(300)) };
        let (events, received) = channel();
        let stop = AtomicBool::new(false);
        let (ip, clock) = (Ipv4Addr::LOCALHOST, Clock::start());
        let clients =
            Clients { load: &load, ip, first_due: Nanos(0), first_id: 0, clock, stop: &stop, events };
        let mut requests = Requests { most: 3, ..Requests::new(&clients).unwrap() };
        for seq in 0..10 {
            requests.send(seq);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        requests.run().unwrap();
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
