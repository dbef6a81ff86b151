//! One request, from the SYN to its outcome.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use super::response::{ExpectedAnswer, Judgement, MOST_KEPT, judge, leaves_open, told};
use crate::base::http::head;
use crate::probe::outcome::outcome_of;
use crate::record::{Answer, Nanos};

/// A request in flight.
pub struct Request {
    /// Its index in the load.
    pub seq: u64,
    /// When it was due.
    pub due: Nanos,
    /// When it was sent.
    pub sent: Nanos,
    question: Question,
    stream: Option<TcpStream>,
    /// When it is given up unless its connection is open by then.
    connect_deadline: Instant,
    connected: bool,
    /// Whether its connection was open before.
    reused: bool,
    written: usize,
    input: Vec<u8>,
}

/// The content of a request, and its deadlines.
pub struct Question {
    /// The bytes to send.
    pub output: Vec<u8>,
    /// What a good answer must contain.
    pub wanted: ExpectedAnswer,
    /// When it is given up.
    pub deadline: Instant,
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
}

/// The progress of a request.
pub enum Progress {
    /// It is finished.
    Judged(Judgement),
    /// The server had closed the idle connection before the request arrived. This says nothing about the
    /// service; the request is repeated on a new connection, as browsers do.
    Stale,
}

impl Request {
    /// The duration that the page reports, if it reports one and is complete.
    pub fn told(&self) -> Option<(Nanos, Nanos)> {
        let ExpectedAnswer::Told(word) = &self.question.wanted else { return None };
        let head = head(&self.input).ok()??;
        told(&String::from_utf8_lossy(&self.input[head.body..]), word)
    }

    /// A request without a connection.
    pub fn new(seq: u64, due: Nanos, sent: Nanos, question: Question) -> Self {
        Self {
            seq,
            due,
            sent,
            connect_deadline: question.deadline,
            question,
            stream: None,
            connected: false,
            reused: false,
            written: 0,
            input: Vec::new(),
        }
    }

    /// Takes a connection that is being opened.
    ///
    /// # Errors
    /// It cannot be polled.
    pub fn connect(&mut self, mut stream: TcpStream, registry: &Registry) -> io::Result<()> {
        registry.register(&mut stream, self.token(), Interest::READABLE | Interest::WRITABLE)?;
        (self.connected, self.reused, self.written) = (false, false, 0);
        self.connect_deadline = Instant::now() + self.question.connect_timeout;
        self.stream = Some(stream);
        Ok(())
    }

    /// Takes an open connection.
    ///
    /// # Errors
    /// It cannot be polled.
    pub fn reuse(&mut self, mut stream: TcpStream, registry: &Registry) -> io::Result<()> {
        registry.reregister(&mut stream, self.token(), Interest::READABLE | Interest::WRITABLE)?;
        (self.connected, self.reused) = (true, true);
        self.stream = Some(stream);
        Ok(())
    }

    fn token(&self) -> Token {
        Token(usize::try_from(self.seq).unwrap_or(usize::MAX))
    }

    /// Its current deadline.
    pub fn expires(&self) -> Instant {
        let deadline = self.question.deadline;
        if self.connected { deadline } else { deadline.min(self.connect_deadline) }
    }

    /// Its outcome when it is given up.
    pub fn expired(&self) -> Answer {
        if self.connected { Answer::Timeout } else { Answer::ConnectTimeout }
    }

    /// Its connection, if it can be reused, which requires a complete answer.
    pub fn into_idle(self) -> Option<TcpStream> {
        self.stream.filter(|_| leaves_open(&self.input))
    }

    /// Advances it without blocking, and returns its progress if there is any.
    pub fn advance(&mut self) -> Option<Progress> {
        let judgement = match self.step() {
            Ok(outcome) => outcome?,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return self.advance(),
            Err(error) => (outcome_of(&error, self.connected), None),
        };
        let broken = matches!(judgement.0, Answer::Reset | Answer::Incomplete);
        let stale = self.reused && broken && self.input.is_empty();
        Some(if stale { Progress::Stale } else { Progress::Judged(judgement) })
    }

    fn step(&mut self) -> io::Result<Option<Judgement>> {
        let Some(stream) = &mut self.stream else { return Ok(None) };
        if !self.connected {
            if let Some(error) = stream.take_error()? {
                return Err(error);
            }
            match stream.peer_addr() {
                Ok(_) => self.connected = true,
                Err(error) if error.kind() == io::ErrorKind::NotConnected => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        if self.question.wanted == ExpectedAnswer::Connection {
            return Ok(Some((Answer::Ok, None)));
        }
        while self.written < self.question.output.len() {
            self.written += stream.write(&self.question.output[self.written..])?;
        }
        let mut buffer = [0; 4096];
        loop {
            let count = stream.read(&mut buffer)?;
            let room = MOST_KEPT - self.input.len();
            self.input.extend_from_slice(&buffer[..count.min(room)]);
            if let Some(judgement) = judge(&self.input, count == 0, &self.question.wanted) {
                return Ok(Some(judgement));
            }
        }
    }
}
