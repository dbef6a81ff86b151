//! One request, from the SYN to its outcome.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::Instant;

use mio::net::TcpStream;

use super::response::{Judgement, MOST_KEPT, Wanted, judge};
use crate::record::{Answer, Nanos};

/// A request that is under way.
pub struct Request {
    /// Its place in the load.
    pub seq: u64,
    /// When it was due.
    pub due: Nanos,
    /// When it was sent.
    pub sent: Nanos,
    /// When it is given up.
    deadline: Instant,
    /// When it is given up if its connection is not open by then.
    connect_deadline: Instant,
    stream: TcpStream,
    connected: bool,
    output: Vec<u8>,
    written: usize,
    input: Vec<u8>,
    wanted: Wanted,
}

/// What a request asks, and when it is given up.
pub struct Question {
    /// The bytes to send.
    pub output: Vec<u8>,
    /// What a good answer has in its body.
    pub wanted: Wanted,
    /// When it is given up.
    pub deadline: Instant,
    /// When it is given up if its connection is not open by then.
    pub connect_deadline: Instant,
}

impl Request {
    /// Begins to connect.
    ///
    /// # Errors
    /// What the system says at once: no descriptor left, no route.
    pub fn begin(
        seq: u64,
        due: Nanos,
        sent: Nanos,
        server: SocketAddr,
        question: Question,
    ) -> io::Result<Self> {
        let stream = TcpStream::connect(server)?;
        let Question { output, wanted, deadline, connect_deadline } = question;
        Ok(Self {
            seq,
            due,
            sent,
            deadline,
            connect_deadline,
            stream,
            connected: false,
            output,
            written: 0,
            input: Vec::new(),
            wanted,
        })
    }

    /// The connection, to be told of its readiness.
    pub fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// When it is to be given up, as things stand.
    pub fn expires(&self) -> Instant {
        if self.connected { self.deadline } else { self.deadline.min(self.connect_deadline) }
    }

    /// Its outcome when it is given up.
    pub fn expired(&self) -> Answer {
        if self.connected { Answer::Timeout } else { Answer::ConnectTimeout }
    }

    /// Goes as far as it can without waiting; gives the outcome when there is one.
    pub fn advance(&mut self) -> Option<Judgement> {
        match self.step() {
            Ok(outcome) => outcome,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.advance(),
            Err(error) => Some((outcome_of(&error, self.connected), None)),
        }
    }

    fn step(&mut self) -> io::Result<Option<Judgement>> {
        if !self.connected {
            if let Some(error) = self.stream.take_error()? {
                return Err(error);
            }
            match self.stream.peer_addr() {
                Ok(_) => self.connected = true,
                Err(error) if error.kind() == io::ErrorKind::NotConnected => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        while self.written < self.output.len() {
            self.written += self.stream.write(&self.output[self.written..])?;
        }
        let mut buffer = [0; 4096];
        loop {
            let count = self.stream.read(&mut buffer)?;
            let room = MOST_KEPT - self.input.len();
            self.input.extend_from_slice(&buffer[..count.min(room)]);
            if let Some(judgement) = judge(&self.input, count == 0, &self.wanted) {
                return Ok(Some(judgement));
            }
        }
    }
}

/// What an error of the connection means for the client.
pub fn outcome_of(error: &io::Error, connected: bool) -> Answer {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Answer::Refused,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            Answer::Reset
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => {
            Answer::NoRoute
        }
        io::ErrorKind::TimedOut if connected => Answer::Timeout,
        io::ErrorKind::TimedOut => Answer::ConnectTimeout,
        _ => Answer::Other { message: error.to_string() },
    }
}
