//! Independent requests to a telephone exchange.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddrV4;

use mio::{Events, Registry};

use super::Method;
use super::message::{Draft, Message, Start};
use super::socket::Socket;
use crate::probe::clients::Clients;
use crate::probe::kind::{Next, Session};
use crate::probe::outcome::outcome_of;
use crate::record::{Answer, Nanos, Sample, What};

/// The expiry of a registration, in seconds.
const REMEMBERED: u32 = 3600;

/// The requests of a load. Each is sent once: a retransmission could be answered although the first was lost,
/// and would hide the outage.
pub struct Requests<'a> {
    clients: &'a Clients<'a>,
    method: Method,
    user: &'a str,
    server: SocketAddrV4,
    socket: Socket,
    /// The index of the next request.
    next: u64,
    /// When the requests in flight were sent.
    under_way: BTreeMap<u64, Nanos>,
}

impl<'a> Requests<'a> {
    /// Creates the load; no request was sent yet.
    ///
    /// # Errors
    /// There is no route to the exchange.
    pub fn new(
        clients: &'a Clients<'a>,
        registry: &Registry,
        method: Method,
        user: &'a str,
    ) -> io::Result<Self> {
        let server = SocketAddrV4::new(clients.ip, clients.load.port);
        let socket = Socket::open(clients.sockets, registry, server)?;
        Ok(Self { clients, method, user, server, socket, next: 0, under_way: BTreeMap::new() })
    }

    fn expiry(&self, sent: Nanos) -> Nanos {
        sent.plus(self.clients.load.timeout.into())
    }

    fn send(&mut self, seq: u64) {
        let sent = self.clients.clock.now();
        match self.socket.send(&self.request(seq), self.server) {
            Ok(()) => {
                self.under_way.insert(seq, sent);
            }
            Err(error) => match outcome_of(&error, false) {
                // A failure of the client's own machine, which says nothing about the service.
                Answer::Other { message } => self.clients.drop_request(seq, message),
                answer => self.tell(seq, sent, answer),
            },
        }
    }

    fn request(&self, seq: u64) -> String {
        let (server, local, user, mark) = (self.server, self.socket.local, self.user, self.clients.first_id);
        let uri = format!("sip:{server}");
        let draft = Draft::request(self.method.word(), &uri, local, &format!("{mark}-{seq}"))
            .header("From", format_args!("<sip:{user}@{server}>;tag={mark}"))
            .header("CSeq", format_args!("{} {}", seq + 1, self.method.word()))
            .header("Contact", format_args!("<sip:{user}@{local}>"));
        let draft = match self.method {
            Method::Options => {
                draft.header("To", format_args!("<{uri}>")).header("Call-ID", format_args!("{mark}-{seq}"))
            }
            // All registrations of a phone use one Call-ID (RFC 3261, 10.2.4).
            Method::Register => draft
                .header("To", format_args!("<sip:{user}@{server}>"))
                .header("Call-ID", mark)
                .header("Expires", REMEMBERED),
        };
        draft.finish()
    }

    fn hear(&mut self) -> io::Result<()> {
        let mark = self.clients.first_id;
        while let Some((text, _)) = self.socket.receive()? {
            let Some(message) = Message::parse(text) else { continue };
            // A final response follows a provisional one (1xx).
            let Start::Status(code @ 200..) = message.start else { continue };
            let own = message.sequence().is_some_and(|(_, method)| method == self.method.word());
            let seq = message.branch().and_then(|branch| numbered(branch, mark)).filter(|_| own);
            if let Some((seq, sent)) = seq.and_then(|seq| self.under_way.remove_entry(&seq)) {
                self.tell(seq, sent, judge(code));
            }
        }
        Ok(())
    }

    fn expire(&mut self) {
        let now = self.clients.clock.now();
        let late = |(_, sent): &(&u64, &Nanos)| self.expiry(**sent) <= now;
        let late: Vec<(u64, Nanos)> =
            self.under_way.iter().filter(late).map(|(seq, sent)| (*seq, *sent)).collect();
        for (seq, sent) in late {
            self.under_way.remove(&seq);
            self.tell(seq, sent, Answer::Timeout);
        }
    }

    fn tell(&self, seq: u64, sent: Nanos, answer: Answer) {
        let (load, done) = (self.clients.load.name.clone(), self.clients.clock.now());
        let due = self.clients.due(seq);
        self.clients.tell(What::Sample(Sample { load, seq, due, sent, done, answer, node: None }));
    }
}

impl Session for Requests<'_> {
    fn turn(&mut self, _ready: &Events) -> io::Result<Next> {
        let stopping = self.clients.stopping();
        while !stopping && self.clients.due(self.next) <= self.clients.clock.now() {
            self.send(self.next);
            self.next += 1;
        }
        self.hear()?;
        self.expire();
        if stopping && self.under_way.is_empty() {
            return Ok(Next::Over);
        }
        let due = (!stopping).then(|| self.clients.due(self.next));
        let expiry = self.under_way.values().next().map(|sent| self.expiry(*sent));
        Ok(Next::At(expiry.into_iter().chain(due).min().unwrap_or(Nanos(u64::MAX))))
    }
}

/// The number of a request of ours, from its branch.
fn numbered(branch: &str, mark: u64) -> Option<u64> {
    let (own, seq) = branch.split_once('-')?;
    (own.parse() == Ok(mark)).then(|| seq.parse().ok()).flatten()
}

fn judge(code: u16) -> Answer {
    if code == 200 { Answer::Ok } else { Answer::Status { code } }
}
