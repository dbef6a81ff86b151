//! The requests of a program that are due, under way, and answered.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsRawFd;

use mio::unix::SourceFd;
use mio::{Events, Interest, Registry, Token};
use rustix::io::ioctl_fionbio;
use serde::Serialize;

use super::wire::{Ask, LONGEST, Reply};
use crate::base::confined::Streams;
use crate::probe::clients::Clients;
use crate::probe::kind::{Next, Session};
use crate::probe::web::most_under_way;
use crate::record::{Answer, Nanos, Sample, What};

/// How much may wait to be read by the program, in bytes: thousands of requests.
const MOST_WAITING: usize = 256 << 10;

/// How much of the program's stream of errors is kept for messages, in bytes.
const LAST_WORDS: usize = 2000;

/// The largest amount that is read in one turn, in bytes: a program that prints without end must not hold up
/// its own schedule.
const A_TURN: usize = 1 << 20;

/// A request under way.
#[derive(Debug, Clone, Copy)]
struct UnderWay {
    sent: Nanos,
    expires: Nanos,
}

/// The requests of a load.
pub struct Requests<'a> {
    clients: &'a Clients<'a>,
    streams: Streams,
    /// What the program has not read yet.
    waiting: VecDeque<u8>,
    /// The beginning of a line.
    line: Vec<u8>,
    last_words: Vec<u8>,
    /// The index of the next request.
    next: u64,
    under_way: BTreeMap<u64, UnderWay>,
    expiries: BinaryHeap<Reverse<(Nanos, u64)>>,
    most: usize,
}

impl<'a> Requests<'a> {
    /// Takes over the program of the load, which has begun.
    ///
    /// # Errors
    /// There is no program.
    pub fn open(clients: &'a Clients<'a>, registry: &Registry) -> io::Result<Self> {
        let streams = clients.sockets.program()?;
        for (place, (file, interest)) in [
            (&streams.output, Interest::READABLE),
            (&streams.errors, Interest::READABLE),
            (&streams.input, Interest::WRITABLE),
        ]
        .into_iter()
        .enumerate()
        {
            ioctl_fionbio(file, true)?;
            registry.register(&mut SourceFd(&file.as_raw_fd()), Token(place), interest)?;
        }
        Ok(Self {
            clients,
            streams,
            waiting: VecDeque::new(),
            line: Vec::new(),
            last_words: Vec::new(),
            next: 0,
            under_way: BTreeMap::new(),
            expiries: BinaryHeap::new(),
            most: most_under_way(clients.load),
        })
    }

    fn say(&mut self, line: &impl Serialize) -> io::Result<()> {
        self.waiting.extend(serde_json::to_vec(line)?);
        self.waiting.push_back(b'\n');
        Ok(())
    }

    /// Passes on what waits, as far as the program reads.
    fn write(&mut self) -> io::Result<()> {
        while !self.waiting.is_empty() {
            match self.streams.input.write(self.waiting.as_slices().0) {
                Ok(length) => drop(self.waiting.drain(..length)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.ended(&error.to_string())),
            }
        }
        Ok(())
    }

    /// Reads what the program prints.
    fn read(&mut self) -> io::Result<()> {
        let mut part = [0; 16384];
        for _ in 0..A_TURN / part.len() {
            match read(&self.streams.errors, &mut part)? {
                None | Some(0) => break,
                Some(length) => self.last_words.extend_from_slice(part.get(..length).unwrap_or_default()),
            }
            let surplus = self.last_words.len().saturating_sub(LAST_WORDS);
            self.last_words.drain(..surplus);
        }
        for _ in 0..A_TURN / part.len() {
            match read(&self.streams.output, &mut part)? {
                None => return Ok(()),
                Some(0) => return Err(self.ended("it closed its output")),
                Some(length) => self.line.extend_from_slice(part.get(..length).unwrap_or_default()),
            }
            self.lines()?;
        }
        Ok(())
    }

    /// Takes the whole lines.
    fn lines(&mut self) -> io::Result<()> {
        let read = std::mem::take(&mut self.line);
        let mut rest = read.as_slice();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, later) = rest.split_at(end);
            self.hear(line)?;
            rest = later.get(1..).unwrap_or_default();
        }
        if rest.len() > LONGEST {
            return Err(self.failed(&format!("printed a line of more than {LONGEST} bytes")));
        }
        self.line = rest.to_vec();
        Ok(())
    }

    fn hear(&mut self, line: &[u8]) -> io::Result<()> {
        let reply = Reply::read(line).map_err(|wrong| {
            let line: String = String::from_utf8_lossy(line).chars().take(100).collect();
            self.failed(&format!("printed `{}`, which is no outcome: {wrong}", line.escape_debug()))
        })?;
        let Some(seq) = reply.request else { return Ok(()) };
        if seq >= self.next {
            return Err(self.failed(&format!("ended the request {seq}, which it was not given")));
        }
        // A request that has timed out has its outcome already.
        if let Some(request) = self.under_way.remove(&seq) {
            self.tell(seq, request.sent, reply.answer(), reply.node);
        }
        Ok(())
    }

    fn tell(&self, seq: u64, sent: Nanos, answer: Answer, node: Option<crate::model::NodeName>) {
        let (load, due) = (self.clients.load.name.clone(), self.clients.due(seq));
        let done = self.clients.clock.now();
        self.clients.tell(What::Sample(Sample { load, seq, due, sent, done, answer, node }));
    }

    fn send(&mut self, seq: u64) -> io::Result<()> {
        if self.under_way.len() >= self.most {
            let reason = format!("{} requests were under way", self.under_way.len());
            self.clients.drop_request(seq, reason);
            return Ok(());
        }
        if self.waiting.len() > MOST_WAITING {
            self.clients.drop_request(seq, "the program does not read its requests".to_owned());
            return Ok(());
        }
        let sent = self.clients.clock.now();
        let expires = sent.plus(self.clients.load.timeout.into());
        self.say(&Ask { request: seq })?;
        self.under_way.insert(seq, UnderWay { sent, expires });
        self.expiries.push(Reverse((expires, seq)));
        Ok(())
    }

    fn expire(&mut self) {
        let now = self.clients.clock.now();
        while let Some(Reverse((expires, seq))) = self.expiries.peek().copied()
            && expires <= now
        {
            self.expiries.pop();
            if let Some(request) = self.under_way.remove(&seq) {
                debug_assert_eq!(request.expires, expires);
                self.tell(seq, request.sent, Answer::Timeout, None);
            }
        }
    }

    /// The program has ended.
    fn ended(&mut self, how: &str) -> io::Error {
        self.last_words.extend(last_words(&self.streams.errors).into_bytes());
        self.failed(&format!("ended before its time ({how})"))
    }

    fn failed(&self, what: &str) -> io::Error {
        let file = self.clients.load.kind.text("run").unwrap_or_default();
        let words = String::from_utf8_lossy(&self.last_words);
        let last = words.lines().rev().find(|line| !line.trim().is_empty());
        let said = last.map(|line| format!("; its last words: {line}")).unwrap_or_default();
        io::Error::other(format!("`loads/{file}` {what}{said}"))
    }
}

/// The rest of a program's stream of errors, whose last words say why it ended.
pub fn last_words(mut errors: impl Read) -> String {
    let (mut words, mut part) = (Vec::new(), [0; 16384]);
    while words.len() < A_TURN
        && let Ok(Some(length @ 1..)) = read(&mut errors, &mut part)
    {
        words.extend_from_slice(part.get(..length).unwrap_or_default());
    }
    String::from_utf8_lossy(&words).trim().to_owned()
}

/// Reads what is there: its length, 0 at the end, none if there is nothing yet.
fn read(mut from: impl Read, part: &mut [u8]) -> io::Result<Option<usize>> {
    loop {
        match from.read(part) {
            Ok(length) => return Ok(Some(length)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

impl Session for Requests<'_> {
    fn turn(&mut self, _ready: &Events) -> io::Result<Next> {
        self.read()?;
        self.expire();
        let stopping = self.clients.stopping();
        while !stopping && self.clients.due(self.next) <= self.clients.clock.now() {
            self.send(self.next)?;
            self.next += 1;
        }
        self.write()?;
        if stopping && self.under_way.is_empty() {
            return Ok(Next::Over);
        }
        let expiry = self.expiries.peek().map(|Reverse((expiry, _))| *expiry);
        let due = (!stopping).then(|| self.clients.due(self.next));
        Ok(Next::At(expiry.into_iter().chain(due).min().unwrap_or(Nanos(u64::MAX))))
    }
}
