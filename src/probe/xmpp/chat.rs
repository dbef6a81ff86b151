//! The thread that sends messages from one account to another.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use mio::{Events, Poll, Token};

use super::login::Account;
use super::session::Session;
use super::stanza::{Element, escaped};
use crate::model::drill::ChatPlan;
use crate::probe::clients::Clients;
use crate::record::{Answer, Nanos, Sample, What};

/// The longest the thread sleeps, so that a stop is seen soon.
const NAP: Duration = Duration::from_millis(20);

/// How long both accounts have to log in at the beginning. Then messages are due, whether they can be sent or not.
const FIRST_LOGINS: Nanos = Nanos::millis(10_000);

/// Who sends, and who receives.
const SENDER: usize = 0;
const RECEIVER: usize = 1;

/// The messages of a load.
pub struct Chat<'a> {
    clients: &'a Clients<'a>,
    plan: &'a ChatPlan,
    poll: Poll,
    sessions: [Session; 2],
    /// When the first message is due; none before both have logged in.
    begin: Option<Nanos>,
    /// When those that have not come yet were sent.
    under_way: BTreeMap<u64, Nanos>,
    /// When the first was sent since one came, if the receiver is there.
    waiting: Option<Nanos>,
}

impl<'a> Chat<'a> {
    /// Nobody has logged in yet.
    ///
    /// # Errors
    /// When the system gives no means to wait for sockets.
    pub fn new(clients: &'a Clients<'a>, plan: &'a ChatPlan) -> io::Result<Self> {
        let session = |user: &str, token| {
            let (domain, password) = (plan.domain.clone(), plan.password.clone());
            Session::new(Account { user: user.to_owned(), domain, password }, Token(token), clients.first_due)
        };
        let sessions = [session(&plan.user, SENDER), session(&plan.peer, RECEIVER)];
        let (under_way, waiting) = (BTreeMap::new(), None);
        Ok(Self { clients, plan, poll: Poll::new()?, sessions, begin: None, under_way, waiting })
    }

    /// Sends messages until told to stop, then waits for those under way.
    ///
    /// # Errors
    /// When sockets cannot be waited for.
    pub fn run(mut self) -> io::Result<()> {
        let mut ready = Events::with_capacity(16);
        let mut next = 0;
        loop {
            let stopping = self.clients.stopping();
            if !stopping {
                self.sessions.iter_mut().for_each(|session| session.step(self.clients, self.poll.registry()));
                self.look();
            }
            self.begin();
            while !stopping && self.due(next).is_some_and(|due| due <= self.clients.clock.now()) {
                self.send(next);
                next += 1;
            }
            self.expire();
            if stopping && self.under_way.is_empty() {
                self.sessions.iter_mut().for_each(Session::leave);
                return Ok(());
            }
            let now = self.clients.clock.now();
            let due = self.due(next).filter(|_| !stopping).map(|due| due.since(now).duration());
            match self.poll.poll(&mut ready, Some(due.unwrap_or(NAP).min(NAP))) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            // The accounts are few: whoever is ready, all go as far as they can.
            for place in [SENDER, RECEIVER] {
                for element in self.sessions[place].advance(self.clients) {
                    self.hear(place, &element);
                }
            }
        }
    }

    /// Lets messages begin when both accounts are logged in.
    fn begin(&mut self) {
        let now = self.clients.clock.now();
        let late = now >= self.clients.first_due.plus(FIRST_LOGINS);
        if self.begin.is_none() && (late || self.sessions.iter().all(Session::is_online)) {
            self.begin = Some(now);
        }
    }

    /// When a message is due, if any is.
    fn due(&self, seq: u64) -> Option<Nanos> {
        self.begin.map(|begin| begin.plus(Nanos(seq * self.clients.load.interval_ns())))
    }

    fn send(&mut self, seq: u64) {
        let sent = self.clients.clock.now();
        if !self.sessions[SENDER].is_online() {
            // As a phone does that says "waiting for a connection".
            return self.tell(seq, sent, Answer::ConnectTimeout);
        }
        let to = escaped(&self.sessions[RECEIVER].account.address());
        let mark = self.clients.first_id;
        let text = format!("<message to='{to}' type='chat' id='{mark}-{seq}'><body>{seq}</body></message>");
        self.waiting.get_or_insert(sent);
        self.under_way.insert(seq, sent);
        self.sessions[SENDER].send(&text, self.clients);
    }

    fn hear(&mut self, place: usize, element: &Element) {
        if let ("iq", Some("get"), Some(id), from) =
            (&*element.name, element.attribute("type"), element.attribute("id"), element.attribute("from"))
        {
            // A server that asks whether we are there.
            let to = from.map_or_else(String::new, |from| format!(" to='{from}'"));
            let answer = format!("<iq type='result' id='{id}'{to}/>");
            return self.sessions[place].send(&answer, self.clients);
        }
        let Some(seq) = element.attribute("id").and_then(|id| self.numbered(id)) else { return };
        if element.name != "message" {
            return;
        }
        let refused = element.attribute("type") == Some("error");
        if refused != (place == SENDER) {
            return;
        }
        if let Some(sent) = self.under_way.remove(&seq) {
            let message = "the server could not deliver it".to_owned();
            let answer = if refused { Answer::Other { message } } else { Answer::Ok };
            if !refused {
                self.waiting = None;
            }
            self.tell(seq, sent, answer);
        }
    }

    /// The number of a message of ours.
    fn numbered(&self, id: &str) -> Option<u64> {
        let (mark, seq) = id.split_once('-')?;
        (mark.parse() == Ok(self.clients.first_id)).then(|| seq.parse().ok()).flatten()
    }

    fn expire(&mut self) {
        let (now, patience) = (self.clients.clock.now(), Nanos::from(self.clients.load.timeout));
        let late = self.under_way.iter().filter(|(_, sent)| sent.plus(patience) <= now);
        let late: Vec<(u64, Nanos)> = late.map(|(seq, sent)| (*seq, *sent)).collect();
        for (seq, sent) in late {
            self.under_way.remove(&seq);
            self.tell(seq, sent, Answer::Timeout);
        }
    }

    /// Gives up connections in which nothing has come for as long as users wait: a server that is gone does not say so.
    /// One that was made since then is not to blame, and who is just logging in waits for nothing yet.
    fn look(&mut self) {
        if !self.sessions[RECEIVER].is_online() {
            self.waiting = None;
        }
        let now = self.clients.clock.now();
        let Some(since) = self.waiting.filter(|since| now.since(*since) > self.plan.reconnect_after.into())
        else {
            return;
        };
        for session in &mut self.sessions {
            if session.online_since().is_some_and(|online| online <= since) {
                session.lost(Answer::Timeout, self.clients);
            }
        }
        self.waiting = None;
    }

    fn tell(&self, seq: u64, sent: Nanos, answer: Answer) {
        let (load, done) = (self.clients.load.name.clone(), self.clients.clock.now());
        let due = self.due(seq).unwrap_or(sent);
        self.clients.tell(What::Sample(Sample { load, seq, due, sent, done, answer, node: None }));
    }
}
