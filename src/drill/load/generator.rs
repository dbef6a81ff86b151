//! The thread that keeps a load's schedule.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use super::ledger::written;
use super::request::{Question, Request, outcome_of};
use super::response::{Judgement, Wanted};
use crate::drill::scheduling;
use crate::model::drill::{Load, LoadKind};
use crate::record::{Answer, Clock, Event, Nanos, Sample, What};

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

/// A load that is to run.
pub struct Clients<'a> {
    /// What it is.
    pub load: &'a Load,
    /// The address that it asks.
    pub ip: Ipv4Addr,
    /// When its first request is due.
    pub first_due: Nanos,
    /// The number of its first write.
    pub first_id: u64,
    /// The clock of the drill.
    pub clock: Clock,
    /// Set when no more requests are to be sent.
    pub stop: &'a AtomicBool,
    /// Where its events go.
    pub events: Sender<Event>,
}

impl Clients<'_> {
    /// Sends requests until told to stop, then waits for those under way. Call it on a thread of its own, in the
    /// network namespace of the clients.
    ///
    /// # Errors
    /// When the system gives no means to wait for sockets.
    pub fn run(self) -> io::Result<()> {
        let mut poll = Poll::new()?;
        let mut ready = Events::with_capacity(256);
        let mut under_way: BTreeMap<u64, Request> = BTreeMap::new();
        let mut next = 0;
        self.tell(What::LoadStarted {
            load: self.load.name.clone(),
            first_due: self.first_due,
            first_id: matches!(self.load.kind, LoadKind::Ledger { .. }).then_some(self.first_id),
            scheduling: scheduling::prefer().to_owned(),
        });
        loop {
            let stopping = self.stop.load(Ordering::Relaxed);
            while !stopping && self.due(next) <= self.clock.now() {
                self.send(next, &poll, &mut under_way);
                next += 1;
            }
            if stopping && under_way.is_empty() {
                return Ok(());
            }
            let expiry = under_way.values().map(Request::expires).min();
            let due = (!stopping).then(|| self.clock.instant(self.due(next)));
            let wake = expiry.into_iter().chain(due).min();
            let nap = wake.map_or(NAP, |wake| wake.saturating_duration_since(Instant::now()).min(NAP));
            match poll.poll(&mut ready, Some(nap)) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &ready {
                let seq = event.token().0 as u64;
                if let Some(judgement) = under_way.get_mut(&seq).and_then(Request::advance) {
                    self.end(under_way.remove(&seq), judgement);
                }
            }
            self.expire(&mut under_way);
        }
    }

    fn due(&self, seq: u64) -> Nanos {
        self.first_due.plus(Nanos(seq * self.load.interval_ns()))
    }

    fn send(&self, seq: u64, poll: &Poll, under_way: &mut BTreeMap<u64, Request>) {
        let due = self.due(seq);
        if under_way.len() >= most_under_way(self.load) {
            let reason = format!("{} requests were under way", under_way.len());
            return self.tell(What::Dropped { load: self.load.name.clone(), seq, due, reason });
        }
        let server = SocketAddr::from((self.ip, self.load.port));
        let sent = self.clock.now();
        let begun = Request::begin(seq, due, sent, server, self.question(seq)).and_then(|mut request| {
            let token = Token(usize::try_from(seq).unwrap_or(usize::MAX));
            poll.registry().register(request.stream(), token, Interest::READABLE | Interest::WRITABLE)?;
            Ok(request)
        });
        match begun {
            Ok(request) => {
                under_way.insert(seq, request);
            }
            Err(error) => match outcome_of(&error, false) {
                // The client's own machine could not do it: that says nothing about the service.
                Answer::Other { message } => {
                    let load = self.load.name.clone();
                    self.tell(What::Dropped { load, seq, due, reason: message });
                }
                answer => self.tell_sample(seq, due, sent, (answer, None)),
            },
        }
    }

    fn question(&self, seq: u64) -> Question {
        let now = Instant::now();
        let (method, path, wanted) = match &self.load.kind {
            LoadKind::Http { path, expect } => ("GET", path.clone(), Wanted::Contains(expect.clone())),
            LoadKind::Ledger { append, .. } => {
                let id = self.first_id + seq;
                ("POST", format!("{append}{id}"), Wanted::FirstLine(written(id)))
            }
        };
        // HTTP/1.0, because it has no chunks: the body is what comes until the end.
        let output = format!(
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            self.ip
        );
        Question {
            output: output.into_bytes(),
            wanted,
            deadline: now + self.load.timeout.duration(),
            connect_deadline: now + self.load.connect_timeout.duration(),
        }
    }

    fn expire(&self, under_way: &mut BTreeMap<u64, Request>) {
        let now = Instant::now();
        let late: Vec<u64> = under_way
            .values()
            .filter(|request| request.expires() <= now)
            .map(|request| request.seq)
            .collect();
        for seq in late {
            let request = under_way.remove(&seq);
            let answer = request.as_ref().map_or(Answer::Timeout, Request::expired);
            self.end(request, (answer, None));
        }
    }

    fn end(&self, request: Option<Request>, judgement: Judgement) {
        if let Some(request) = request {
            self.tell_sample(request.seq, request.due, request.sent, judgement);
        }
    }

    fn tell_sample(&self, seq: u64, due: Nanos, sent: Nanos, (answer, node): Judgement) {
        let (load, done) = (self.load.name.clone(), self.clock.now());
        self.tell(What::Sample(Sample { load, seq, due, sent, done, answer, node }));
    }

    fn tell(&self, what: What) {
        // Nobody listens any more only when the drill is over.
        let _ = self.events.send(Event { t: self.clock.now(), what });
    }
}
