//! The connection of one account: login, loss, and repeated login.

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use super::facts::Phase;
use super::login::{Account, LoginStep, next, open};
use super::stanza::{Element, Incoming, Piece};
use crate::base::budget::Spent;
use crate::probe::clients::Clients;
use crate::probe::outcome::outcome_of;
use crate::record::{Answer, Nanos};

/// How long a login may take, from the beginning of its connection.
const LOGIN: Nanos = Nanos::millis(5000);

/// The wait after a failed attempt.
const RETRY: Nanos = Nanos::millis(200);

/// The largest input of one turn, and the largest output that waits, in bytes: some thousand messages.
const MOST_AT_ONCE: u64 = 256 * 1024;

/// A connection that is open or being opened.
#[derive(Debug)]
struct Link {
    stream: TcpStream,
    connected: bool,
    step: LoginStep,
    /// When it was begun.
    began: Nanos,
    /// When the login was complete, if it is.
    online: Option<Nanos>,
    incoming: Incoming,
    /// Output that could not be written yet.
    outgoing: Vec<u8>,
}

/// One account.
#[derive(Debug)]
pub struct XmppSession {
    /// Its credentials.
    pub account: Account,
    token: Token,
    link: Option<Link>,
    /// When the next attempt is made, if there is no connection.
    retry: Nanos,
}

impl XmppSession {
    /// Creates an account that is not logged in.
    pub fn new(account: Account, token: Token, begin: Nanos) -> Self {
        Self { account, token, link: None, retry: begin }
    }

    /// Whether messages can be sent.
    pub fn is_online(&self) -> bool {
        self.online_since().is_some()
    }

    /// Since when messages can be sent; none if they cannot.
    pub fn online_since(&self) -> Option<Nanos> {
        self.link.as_ref().and_then(|link| link.online)
    }

    /// Begins a connection if one is due, and gives up one that takes too long.
    pub fn step(&mut self, clients: &Clients<'_>, registry: &Registry) {
        let now = clients.clock.now();
        let Some(link) = &self.link else {
            if self.retry <= now {
                self.connect(now, clients, registry);
            }
            return;
        };
        let since = now.since(link.began);
        if !link.connected && since > clients.load.connect_timeout.into() {
            self.failed(Answer::ConnectTimeout, clients);
        } else if link.step != LoginStep::Done && since > LOGIN {
            self.failed(Answer::Timeout, clients);
        }
    }

    fn connect(&mut self, began: Nanos, clients: &Clients<'_>, registry: &Registry) {
        let server = SocketAddr::from((clients.ip, clients.load.port));
        let begun = clients.sockets.tcp(server).and_then(|mut stream| {
            registry.register(&mut stream, self.token, Interest::READABLE | Interest::WRITABLE)?;
            Ok(stream)
        });
        match begun {
            Ok(stream) => {
                let (incoming, outgoing) = (Incoming::default(), open(&self.account).into_bytes());
                let (connected, step, online) = (false, LoginStep::Offer, None);
                self.link = Some(Link { stream, connected, step, began, online, incoming, outgoing });
            }
            Err(error) => self.failed(outcome_of(&error, false), clients),
        }
    }

    /// Sends a text, or keeps it until it can be sent.
    pub fn send(&mut self, text: &str, clients: &Clients<'_>) {
        if let Some(link) = &mut self.link {
            link.outgoing.extend_from_slice(text.as_bytes());
            let full = link.outgoing.len() as u64 > MOST_AT_ONCE;
            let written = if full { Err(io::Error::other("it takes nothing")) } else { link.write() };
            if let Err(error) = written {
                self.broken(&error, clients);
            }
        }
    }

    /// Advances without blocking, and returns the elements received since the login.
    pub fn advance(&mut self, clients: &Clients<'_>) -> Vec<Element> {
        let mut elements = Vec::new();
        let Some(link) = &mut self.link else { return elements };
        let read = link.connect().and_then(|()| link.write()).and_then(|()| link.read());
        loop {
            let Some(link) = &mut self.link else { return elements };
            let piece = match link.incoming.take() {
                Ok(Some(piece)) => piece,
                Ok(None) => break,
                Err(strange) => {
                    let message = strange.to_string();
                    self.lost(Answer::Other { message }, clients);
                    return elements;
                }
            };
            match (link.step, piece) {
                (LoginStep::Done, Piece::Element(element)) if element.name != "stream:error" => {
                    elements.push(element)
                }
                (LoginStep::Done, Piece::Opened) => {}
                (LoginStep::Done, _) => self.lost(Answer::Incomplete, clients),
                (_, piece) => self.log_in(&piece, clients),
            }
        }
        match read {
            Ok(true) => {}
            Ok(false) => self.lost(Answer::Incomplete, clients),
            Err(error) => self.broken(&error, clients),
        }
        elements
    }

    fn log_in(&mut self, piece: &Piece, clients: &Clients<'_>) {
        let Some(link) = &mut self.link else { return };
        match next(link.step, piece, &self.account) {
            Ok((step, said)) => {
                // Both streams restart after the authentication (RFC 6120, 6.4.6).
                link.step = step;
                let now = clients.clock.now();
                let took = now.since(link.began);
                link.online = (step == LoginStep::Done).then_some(now);
                // Reported first, because later input may already show that the connection is lost.
                if step == LoginStep::Done {
                    self.tell(Phase::Online { took }, clients);
                }
                if !said.is_empty() {
                    self.send(&said, clients);
                }
            }
            Err(message) => self.failed(Answer::Other { message }, clients),
        }
    }

    fn broken(&mut self, error: &io::Error, clients: &Clients<'_>) {
        let connected = self.link.as_ref().is_some_and(|link| link.connected);
        self.lost(outcome_of(error, connected), clients);
    }

    /// Drops a connection that is unusable.
    pub fn lost(&mut self, answer: Answer, clients: &Clients<'_>) {
        if self.is_online() {
            self.tell(Phase::Lost { answer }, clients);
            self.end(clients.clock.now());
        } else if self.link.is_some() {
            self.failed(answer, clients);
        }
    }

    fn failed(&mut self, answer: Answer, clients: &Clients<'_>) {
        self.tell(Phase::Failed { answer }, clients);
        self.end(clients.clock.now().plus(RETRY));
    }

    fn end(&mut self, retry: Nanos) {
        self.link = None;
        self.retry = retry;
    }

    /// Closes the stream and the connection, at the end.
    pub fn leave(&mut self) {
        if let Some(link) = &mut self.link {
            link.outgoing.extend_from_slice(b"</stream:stream>");
            // A server that cannot be reached will notice that the connection is closed.
            let _ = link.write();
        }
        self.link = None;
    }

    fn tell(&self, phase: Phase, clients: &Clients<'_>) {
        clients.tell(phase.told(&clients.load.name, &self.account.user));
    }
}

impl Link {
    /// Checks whether the connection is open by now.
    fn connect(&mut self) -> io::Result<()> {
        if self.connected {
            return Ok(());
        }
        if let Some(error) = self.stream.take_error()? {
            return Err(error);
        }
        match self.stream.peer_addr() {
            Ok(_) => self.connected = true,
            Err(error) if error.kind() == io::ErrorKind::NotConnected => {}
            Err(error) => return Err(error),
        }
        self.stream.set_nodelay(true)
    }

    fn write(&mut self) -> io::Result<()> {
        while self.connected && !self.outgoing.is_empty() {
            match self.stream.write(&self.outgoing) {
                Ok(count) => drop(self.outgoing.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads the input. Returns whether the other side may send more.
    fn read(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 4096];
        let mut heard = 0;
        while self.connected {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Ok(false),
                Ok(_) if heard > MOST_AT_ONCE => return Err(Spent::Bytes(MOST_AT_ONCE).into()),
                Ok(count) => {
                    heard += count as u64;
                    self.incoming.add(&buffer[..count]);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}
