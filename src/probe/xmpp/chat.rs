//! Messages from one account to another.

use std::collections::BTreeMap;
use std::io;

use mio::{Events, Registry, Token};

use super::login::Account;
use super::plan::Plan;
use super::session::XmppSession;
use super::stanza::{Element, escaped};
use crate::probe::clients::Clients;
use crate::probe::kind::{self, Next};
use crate::record::{Answer, Nanos, Sample, What};

/// The longest wait between two turns, so that accounts meet their deadlines.
const NAP: Nanos = Nanos::millis(20);

/// How long both accounts may take to log in at the start. After that, messages are due whether they can be
/// sent or not.
const FIRST_LOGINS: Nanos = Nanos::millis(10_000);

/// The indices of the sender and the receiver.
const SENDER: usize = 0;
const RECEIVER: usize = 1;

/// The messages of a load.
pub struct Chat<'a> {
    clients: &'a Clients<'a>,
    /// How long users wait for a message.
    patience: Nanos,
    registry: Registry,
    sessions: [XmppSession; 2],
    /// When the first message is due; none before both have logged in.
    begin: Option<Nanos>,
    /// The index of the next message.
    next: u64,
    /// When the messages in flight were sent.
    under_way: BTreeMap<u64, Nanos>,
    /// When the first message after the last received one was sent, if the receiver is online.
    waiting: Option<Nanos>,
}

impl<'a> Chat<'a> {
    /// Creates the load; no account has logged in yet.
    pub fn new(clients: &'a Clients<'a>, registry: Registry, plan: &Plan) -> Self {
        let session = |user: &str, token| {
            let (domain, password) = (plan.domain.clone(), plan.password.clone());
            XmppSession::new(
                Account { user: user.to_owned(), domain, password },
                Token(token),
                clients.first_due,
            )
        };
        let sessions = [session(&plan.user, SENDER), session(&plan.peer, RECEIVER)];
        let patience = plan.reconnect_after.into();
        let (next, under_way) = (0, BTreeMap::new());
        Self { clients, patience, registry, sessions, begin: None, next, under_way, waiting: None }
    }

    /// Starts the messages once both accounts are logged in.
    fn begin(&mut self) {
        let now = self.clients.clock.now();
        let late = now >= self.clients.first_due.plus(FIRST_LOGINS);
        if self.begin.is_none() && (late || self.sessions.iter().all(XmppSession::is_online)) {
            self.begin = Some(now);
        }
    }

    /// When a message is due; none before the start.
    fn due(&self, seq: u64) -> Option<Nanos> {
        self.begin.map(|begin| begin.plus(Nanos(seq * self.clients.load.interval_ns())))
    }

    fn send(&mut self, seq: u64) {
        let sent = self.clients.clock.now();
        if !self.sessions[SENDER].is_online() {
            // Like a phone that shows "waiting for a connection".
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
            // A keep-alive of the server.
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

    /// Drops connections without traffic for the users' time-out, because a dead server does not close them.
    /// A connection made since then is kept, and an account that is logging in does not wait for messages
    /// yet.
    fn look(&mut self) {
        if !self.sessions[RECEIVER].is_online() {
            self.waiting = None;
        }
        let now = self.clients.clock.now();
        let Some(since) = self.waiting.filter(|since| now.since(*since) > self.patience) else {
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

impl kind::Session for Chat<'_> {
    fn turn(&mut self, _ready: &Events) -> io::Result<Next> {
        // There are few accounts, so all are advanced, ready or not.
        for place in [SENDER, RECEIVER] {
            for element in self.sessions[place].advance(self.clients) {
                self.hear(place, &element);
            }
        }
        let stopping = self.clients.stopping();
        if !stopping {
            self.sessions.iter_mut().for_each(|session| session.step(self.clients, &self.registry));
            self.look();
        }
        self.begin();
        while !stopping && self.due(self.next).is_some_and(|due| due <= self.clients.clock.now()) {
            self.send(self.next);
            self.next += 1;
        }
        self.expire();
        if stopping && self.under_way.is_empty() {
            self.sessions.iter_mut().for_each(XmppSession::leave);
            return Ok(Next::Over);
        }
        let soon = self.clients.clock.now().plus(NAP);
        Ok(Next::At(self.due(self.next).filter(|_| !stopping).map_or(soon, |due| due.min(soon))))
    }
}
