//! Sends queries and collects the answers.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use serde::{Deserialize, Serialize};

use super::apart::Said;
use super::frame::{ETHERTYPE, Heard, hear, question};
use crate::base::budget::Rate;
use crate::drill::raw;
use crate::model::{AddressName, NodeName, VirtualAddress};
use crate::probe::scheduling;
use crate::record::{Clock, Event, HolderAnswer, Nanos, Talk, What};

/// The interval between two queries.
const INTERVAL: Duration = Duration::from_millis(25);

/// How long answers to a query are collected.
const PATIENCE: Nanos = Nanos::millis(500);

/// How many answers and announcements of a node are recorded: at once, and in a second in the long run. It is
/// asked 40 times in a second.
const FRAMES: (u64, u64) = (4_000, 200);

/// How many frames of one node are read before those of the others.
const AT_ONCE: usize = 64;

/// The latest known holder of each address: the node and the time of its last answer.
#[derive(Debug, Default)]
pub struct Holders(Mutex<BTreeMap<AddressName, (NodeName, Nanos)>>);

impl Holders {
    /// The node that last answered for an address, and when.
    pub fn of(&self, address: &AddressName) -> Option<(NodeName, Nanos)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(address).cloned()
    }

    /// Notes an answer.
    pub fn set(&self, address: &AddressName, node: &NodeName, at: Nanos) {
        let mut holders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        holders.insert(address.clone(), (node.clone(), at));
    }
}

/// The socket that receives what comes from one node.
struct Ear {
    socket: File,
    /// None for what comes from no node.
    node: Option<NodeName>,
    rate: Rate,
    is_flood: bool,
}

/// A query in flight.
struct Round {
    number: u32,
    asked: Nanos,
    answers: Vec<HolderAnswer>,
}

/// An address to watch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Watched {
    /// The address.
    pub address: VirtualAddress,
    /// The interface that sees all frames of its network.
    pub interface: String,
    /// The nodes that could hold it, by the marks of frames that come from their ports.
    pub nodes: BTreeMap<u32, NodeName>,
}

/// Watches one address.
pub struct Watcher<'a> {
    /// What it watches.
    pub watched: &'a Watched,
    /// The clock of the drill.
    pub clock: Clock,
    /// Set to stop it.
    pub stop: &'a AtomicBool,
    /// The channel for what it observes.
    pub said: Sender<Said>,
}

impl Watcher<'_> {
    /// Sends queries until `stop` is set. Call it on a thread of its own, in the namespace of the interface.
    /// `opened` is called between the preparation, which needs rights, and the first query; nothing was read
    /// by then.
    ///
    /// # Errors
    /// There is no such interface, the caller may not listen on it, or `opened` fails.
    pub fn run(self, opened: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let mut ears = self.ears()?;
        let mut poll = Poll::new()?;
        for (place, ear) in ears.iter().enumerate() {
            let mut source = SourceFd(&ear.socket.as_raw_fd());
            poll.registry().register(&mut source, Token(place), Interest::READABLE)?;
        }
        scheduling::prefer();
        opened()?;
        let mut ready = Events::with_capacity(8);
        let mut rounds: VecDeque<Round> = VecDeque::new();
        let mut next = Instant::now();
        for number in 0.. {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            let asked = self.clock.now();
            if let Some(ear) = ears.first_mut() {
                self.ask(&mut ear.socket, number)?;
            }
            rounds.push_back(Round { number, asked, answers: Vec::new() });
            // Queries missed in a stall are skipped: a late burst would add no information.
            next = (next + INTERVAL).max(Instant::now());
            while let Some(wait) = next.checked_duration_since(Instant::now()).filter(|wait| !wait.is_zero())
            {
                match poll.poll(&mut ready, Some(wait)) {
                    Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                    _ => self.listen_to_all(&mut ears, &mut rounds, next)?,
                }
            }
            let old = |round: &Round| self.clock.now().since(round.asked) > PATIENCE;
            while rounds.front().is_some_and(old) {
                self.close(rounds.pop_front());
            }
        }
        self.listen_to_all(&mut ears, &mut rounds, Instant::now() + INTERVAL)?;
        rounds.into_iter().for_each(|round| self.close(Some(round)));
        Ok(())
    }

    /// A socket for each node, and one for frames from elsewhere: the network joins a bridge of the machine.
    fn ears(&self) -> io::Result<Vec<Ear>> {
        let marks = self.watched.nodes.iter().map(|(mark, node)| (*mark, Some(node.clone())));
        let open = |(mark, node)| {
            let socket = raw::open_marked(&self.watched.interface, ETHERTYPE, mark)?;
            Ok(Ear { socket, node, rate: Rate::new(FRAMES.0, FRAMES.1, Instant::now()), is_flood: false })
        };
        std::iter::once((0, None)).chain(marks).map(open).collect()
    }

    fn ask(&self, socket: &mut File, number: u32) -> io::Result<()> {
        match socket.write(&question(number, self.watched.address.ip)) {
            Ok(_) => Ok(()),
            // A full queue, or an interface that is down for a moment: the query rightly has no answer.
            Err(error)
                if error.kind() == io::ErrorKind::WouldBlock
                    || matches!(error.raw_os_error(), Some(libc::ENOBUFS | libc::ENETDOWN)) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Reads what came from all nodes, a part of each in turn, at the latest until the next query is due.
    fn listen_to_all(
        &self,
        ears: &mut [Ear],
        rounds: &mut VecDeque<Round>,
        until: Instant,
    ) -> io::Result<()> {
        let mut is_more = true;
        while is_more && Instant::now() < until {
            is_more = false;
            for ear in ears.iter_mut().filter(|ear| !ear.is_flood) {
                is_more |= self.listen(ear, rounds)?;
            }
        }
        Ok(())
    }

    /// Reads a part of what came from one node; returns whether there may be more.
    fn listen(&self, ear: &mut Ear, rounds: &mut VecDeque<Round>) -> io::Result<bool> {
        let mut frame = [0; 128];
        for _ in 0..AT_ONCE {
            let length = match ear.socket.read(&mut frame) {
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.raw_os_error() == Some(libc::ENETDOWN) => continue,
                Err(error) => return Err(error),
            };
            if let Some(heard) = hear(&frame[..length]).filter(|heard| heard.ip() == self.watched.address.ip)
            {
                self.take(ear, rounds, heard);
            }
        }
        Ok(true)
    }

    /// Takes an answer or an announcement. Its sender is the node on whose port it came: a guest can write
    /// any Ethernet address into it.
    fn take(&self, ear: &mut Ear, rounds: &mut VecDeque<Round>, heard: Heard) {
        let at = self.clock.now();
        if ear.is_flood {
            return;
        }
        if !ear.rate.allows(1, Instant::now()) {
            ear.is_flood = true;
            if let Some(node) = ear.node.clone() {
                self.tell(at, What::Flooded { node, per_second: FRAMES.1, of: Talk::Arp });
            }
            return;
        }
        let node = ear.node.clone();
        match heard {
            Heard::Answer { number, mac, .. } => {
                if let Some(node) = &node {
                    self.say(Said::Holds(node.clone(), at));
                }
                if let Some(round) = rounds.iter_mut().find(|round| round.number == number) {
                    round.answers.push(HolderAnswer { mac, node, at });
                }
            }
            Heard::Announcement { mac, .. } => {
                self.tell(at, What::Announced { address: self.watched.address.name.clone(), mac, node });
            }
        }
    }

    fn close(&self, round: Option<Round>) {
        if let Some(Round { asked, answers, .. }) = round {
            self.tell(asked, What::Holder { address: self.watched.address.name.clone(), asked, answers });
        }
    }

    fn tell(&self, t: Nanos, what: What) {
        self.say(Said::Event(Event { t, what }));
    }

    fn say(&self, said: Said) {
        // The receiver is gone only when the starter is.
        let _ = self.said.send(said);
    }
}
