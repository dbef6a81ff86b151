//! The thread that keeps the schedule of a load that opens connections.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::{Events, Poll};

use super::clients::Clients;
use super::ledger::written;
use super::pool::Pool;
use super::request::{Progress, Question, Request, outcome_of};
use super::response::{Judgement, Wanted};
use crate::base::http;
use crate::model::drill::{Load, LoadKind};
use crate::record::{Answer, Sample, What};

/// The longest the thread sleeps, so that a stop is seen soon.
const NAP: Duration = Duration::from_millis(50);

/// The most requests of a load that may be under way, within the 1024 descriptors that a process has at least.
const MOST_UNDER_WAY: usize = 400;

/// How many requests of a load may be under way: twice what it comes to when nothing answers, so that only a
/// generator that was held up itself has to drop any.
pub fn most_under_way(load: &Load) -> usize {
    let silent = u64::from(load.rate) * load.timeout.0 / 1000;
    usize::try_from(2 * silent + 16).unwrap_or(MOST_UNDER_WAY).min(MOST_UNDER_WAY)
}

/// The requests of a load.
pub struct Requests<'a> {
    clients: &'a Clients<'a>,
    poll: Poll,
    under_way: BTreeMap<u64, Request>,
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
        let (under_way, pool) = (BTreeMap::new(), Pool::default());
        Ok(Self { clients, poll: Poll::new()?, under_way, pool, opened: 0 })
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
            let expiry = self.under_way.values().map(Request::expires).min();
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
        if under_way >= most_under_way(self.clients.load) {
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
        let late = self.under_way.values().filter(|request| request.expires() <= now);
        let late: Vec<(u64, Answer)> = late.map(|request| (request.seq, request.expired())).collect();
        for (seq, answer) in late {
            self.end(seq, (answer, None));
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
