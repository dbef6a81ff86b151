//! A telephone: it registers, calls, accepts calls, and hangs up. It never retransmits by itself; its caller
//! decides how to react to a missing answer.

use std::io;
use std::net::SocketAddrV4;

use mio::Registry;

use super::message::{Draft, Message, Start, address, parameter};
use super::sdp::{self, MediaSession, Ports};
use super::socket::Socket;
use crate::probe::sockets::Sockets;
use crate::record::Answer;

/// The expiry of a registration, in seconds.
const REMEMBERED: u32 = 3600;

/// An event that a phone has received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// The exchange has accepted its registration.
    Registered,
    /// Its request is being processed.
    Trying,
    /// Its call was answered.
    Answered(MediaSession),
    /// It was called, and has answered.
    Called(MediaSession),
    /// Its request was refused.
    Refused(Answer),
    /// The other side has hung up.
    HungUp,
}

/// One side of an established call (a dialog, RFC 3261, 12).
#[derive(Debug, Clone)]
struct Dialog {
    call: String,
    /// `From` and `To` of requests that we send in it.
    local: String,
    remote: String,
    /// The target of those requests.
    target: String,
}

/// A telephone.
#[derive(Debug)]
pub struct Phone {
    /// Its account.
    pub user: String,
    /// Its socket for signalling.
    pub socket: Socket,
    server: SocketAddrV4,
    ports: Ports,
    /// Distinguishes its messages from those of all other phones.
    mark: String,
    /// The number of requests that it has made.
    asked: u32,
    /// The branch of the request that awaits its answer.
    waiting: Option<String>,
    dialog: Option<Dialog>,
}

impl Phone {
    /// Creates a phone for this account at an exchange, with these ports for its media.
    ///
    /// # Errors
    /// There is no route to the exchange.
    pub fn new(
        (sockets, registry): (&dyn Sockets, &Registry),
        user: String,
        server: SocketAddrV4,
        ports: Ports,
        mark: u64,
    ) -> io::Result<Self> {
        let mark = format!("{mark}-{user}");
        let socket = Socket::open(sockets, registry, server)?;
        Ok(Self { user, socket, server, ports, mark, asked: 0, waiting: None, dialog: None })
    }

    /// Registers at the exchange.
    ///
    /// # Errors
    /// An error that the system reports at once.
    pub fn register(&mut self) -> io::Result<()> {
        let uri = format!("sip:{}", self.server);
        let us = format!("<sip:{}@{}>", self.user, self.server);
        let draft = self.ask("REGISTER", &uri);
        self.send(
            draft
                .header("From", format_args!("{us};tag={}", self.mark))
                .header("To", us)
                .header("Call-ID", &self.mark)
                .header("CSeq", format_args!("{} REGISTER", self.asked))
                .header("Contact", self.contact())
                .header("Expires", REMEMBERED)
                .finish(),
        )
    }

    /// Calls a number.
    ///
    /// # Errors
    /// An error that the system reports at once.
    pub fn call(&mut self, number: &str) -> io::Result<()> {
        let uri = format!("sip:{number}@{}", self.server);
        let draft = self.ask("INVITE", &uri);
        let offer = sdp::offer(*self.socket.local.ip(), self.ports);
        let (mark, asked) = (&self.mark, self.asked);
        self.send(
            draft
                .header("From", format_args!("<sip:{}@{}>;tag={mark}-{asked}", self.user, self.server))
                .header("To", format_args!("<{uri}>"))
                .header("Call-ID", format_args!("{mark}-{asked}"))
                .header("CSeq", format_args!("{asked} INVITE"))
                .header("Contact", self.contact())
                .with_session(&offer),
        )
    }

    /// Hangs up if there is a call, without waiting for an answer.
    ///
    /// # Errors
    /// An error that the system reports at once.
    pub fn hang_up(&mut self) -> io::Result<()> {
        self.waiting = None;
        let Some(dialog) = self.dialog.take() else { return Ok(()) };
        let draft = self.ask_aside("BYE", &dialog.target);
        let cseq = format!("{} BYE", self.asked);
        self.send(in_dialog(draft, &dialog, &cseq).finish())
    }

    /// The event in the next message; none if there are no more messages.
    ///
    /// # Errors
    /// The socket cannot be read.
    pub fn hear(&mut self) -> io::Result<Option<Heard>> {
        loop {
            let Some((text, from)) = self.socket.receive()? else { return Ok(None) };
            let text = text.to_owned();
            let Some(message) = Message::parse(&text) else { continue };
            let heard = match message.start {
                Start::Status(code) => self.answered(&message, code),
                Start::Request { method, .. } => self.asked_for(&message, method, from),
            };
            if heard.is_some() {
                return Ok(heard);
            }
        }
    }

    fn answered(&mut self, message: &Message<'_>, code: u16) -> Option<Heard> {
        let (number, method) = message.sequence()?;
        let branch = message.branch()?;
        let waited = self.waiting.as_deref() == Some(branch);
        if code < 200 {
            return waited.then_some(Heard::Trying);
        }
        if method == "INVITE" {
            let dialog = self.acknowledge(message, branch, number, code);
            // A call that is no longer wanted is ended, or the exchange would keep it up.
            if let (false, Some(dialog)) = (waited, &dialog)
                && self.dialog.as_ref().is_none_or(|own| own.call != dialog.call)
            {
                let draft = self.ask_aside("BYE", &dialog.target);
                let cseq = format!("{} BYE", self.asked);
                let _ = self.send(in_dialog(draft, dialog, &cseq).finish());
            }
            if waited {
                self.dialog = dialog;
            }
        }
        if !waited {
            return None;
        }
        self.waiting = None;
        Some(match (method, code) {
            ("REGISTER", 200..300) => Heard::Registered,
            ("INVITE", 200..300) => match sdp::read(message.body) {
                Some(session) => Heard::Answered(session),
                None => Heard::Refused(Answer::Other { message: "the answer has no G.711".to_owned() }),
            },
            _ => Heard::Refused(Answer::Status { code }),
        })
    }

    /// Acknowledges the answer to a call (RFC 3261, 13.2.2.4 and 17.1.1.3), and does so again for each
    /// repeated answer. Returns the call, if it was accepted.
    fn acknowledge(&mut self, message: &Message<'_>, branch: &str, number: u32, code: u16) -> Option<Dialog> {
        let (local, remote) = (message.header("from")?.to_owned(), message.header("to")?.to_owned());
        let call = message.header("call-id")?.to_owned();
        let taken = (200..300).contains(&code);
        let target = match message.header("contact").filter(|_| taken) {
            Some(contact) => address(contact).to_owned(),
            None => address(&remote).to_owned(),
        };
        let branch = if taken { format!("{branch}-ack") } else { branch.to_owned() };
        let dialog = Dialog { call, local, remote, target };
        let draft = Draft::request("ACK", &dialog.target, self.socket.local, &branch);
        // If it cannot be sent, the exchange repeats its answer.
        let _ = self.send(in_dialog(draft, &dialog, &format!("{number} ACK")).finish());
        taken.then_some(dialog)
    }

    fn asked_for(&mut self, message: &Message<'_>, method: &str, from: SocketAddrV4) -> Option<Heard> {
        let tag = format!("{}-called", self.mark);
        let answer = |status: &str| Draft::answer(message, status, &tag);
        let own =
            || self.dialog.as_ref().is_some_and(|dialog| Some(&*dialog.call) == message.header("call-id"));
        let (reply, heard) = match method {
            "INVITE" => match sdp::read(message.body) {
                Some(session) => {
                    let body = sdp::answer(*self.socket.local.ip(), self.ports, message.body);
                    let again = own();
                    let reply = answer("200 OK").header("Contact", self.contact()).with_session(&body);
                    if !again {
                        self.dialog = called(message, &tag);
                    }
                    (reply, (!again).then_some(Heard::Called(session)))
                }
                None => (answer("488 Not Acceptable Here").finish(), None),
            },
            "ACK" => return None,
            "BYE" if own() => {
                self.dialog = None;
                (answer("200 OK").finish(), Some(Heard::HungUp))
            }
            "BYE" => (answer("481 Call Does Not Exist").finish(), None),
            // `OPTIONS` and other requests of an exchange.
            _ => (answer("200 OK").finish(), None),
        };
        // If it cannot be sent, the request is repeated.
        let _ = self.socket.send(&reply, from);
        heard
    }

    fn contact(&self) -> String {
        format!("<sip:{}@{}>", self.user, self.socket.local)
    }

    /// A request whose answer is awaited from now on, instead of any earlier one's.
    fn ask(&mut self, method: &str, uri: &str) -> Draft {
        let draft = self.ask_aside(method, uri);
        self.waiting = Some(format!("{}-{}", self.mark, self.asked));
        draft
    }

    fn ask_aside(&mut self, method: &str, uri: &str) -> Draft {
        self.asked += 1;
        Draft::request(method, uri, self.socket.local, &format!("{}-{}", self.mark, self.asked))
    }

    fn send(&self, text: String) -> io::Result<()> {
        self.socket.send(&text, self.server)
    }
}

fn in_dialog(draft: Draft, dialog: &Dialog, cseq: &str) -> Draft {
    draft
        .header("From", &dialog.local)
        .header("To", &dialog.remote)
        .header("Call-ID", &dialog.call)
        .header("CSeq", cseq)
}

/// The call that a request begins, as seen by the callee.
fn called(message: &Message<'_>, tag: &str) -> Option<Dialog> {
    let to = message.header("to")?;
    let local = if parameter(to, "tag").is_some() { to.to_owned() } else { format!("{to};tag={tag}") };
    Some(Dialog {
        call: message.header("call-id")?.to_owned(),
        local,
        remote: message.header("from")?.to_owned(),
        target: address(message.header("contact")?).to_owned(),
    })
}
