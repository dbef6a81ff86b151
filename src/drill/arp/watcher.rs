//! The thread that sends queries and collects the answers.

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

use super::frame::{ETHERTYPE, Heard, hear, question};
use crate::drill::raw;
use crate::model::{AddressName, MacAddress, NodeName, VirtualAddress};
use crate::probe::scheduling;
use crate::record::{Clock, Event, HolderAnswer, Nanos, What};

/// The interval between two queries.
const INTERVAL: Duration = Duration::from_millis(25);

/// How long answers to a query are collected.
const PATIENCE: Nanos = Nanos::millis(500);

/// The latest known holder of each address: the node and the time of its last answer.
#[derive(Debug, Default)]
pub struct Holders(Mutex<BTreeMap<AddressName, (NodeName, Nanos)>>);

impl Holders {
    /// The node that last answered for an address, and when.
    pub fn of(&self, address: &AddressName) -> Option<(NodeName, Nanos)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(address).cloned()
    }

    fn set(&self, address: &AddressName, node: &NodeName, at: Nanos) {
        let mut holders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        holders.insert(address.clone(), (node.clone(), at));
    }
}

/// A query in flight.
struct Round {
    number: u32,
    asked: Nanos,
    answers: Vec<HolderAnswer>,
}

/// Watches one address.
pub struct Watcher<'a> {
    /// The address.
    pub address: &'a VirtualAddress,
    /// The interface that sees all frames of its network.
    pub interface: String,
    /// The nodes that could hold it, by Ethernet address.
    pub nodes: BTreeMap<MacAddress, NodeName>,
    /// The clock of the drill.
    pub clock: Clock,
    /// Set to stop it.
    pub stop: &'a AtomicBool,
    /// The channel for its events.
    pub events: Sender<Event>,
    /// Where it stores the current holder of the address.
    pub holders: &'a Holders,
}

impl Watcher<'_> {
    /// Sends queries until `stop` is set. Call it on a thread of its own, in the namespace of the interface.
    ///
    /// # Errors
    /// There is no such interface, or the caller may not listen on it.
    pub fn run(self) -> io::Result<()> {
        let mut socket = raw::open(&self.interface, ETHERTYPE)?;
        let mut poll = Poll::new()?;
        poll.registry().register(&mut SourceFd(&socket.as_raw_fd()), Token(0), Interest::READABLE)?;
        scheduling::prefer();
        let mut ready = Events::with_capacity(8);
        let mut rounds: VecDeque<Round> = VecDeque::new();
        let mut next = Instant::now();
        for number in 0.. {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            let asked = self.clock.now();
            self.ask(&mut socket, number)?;
            rounds.push_back(Round { number, asked, answers: Vec::new() });
            // Queries missed in a stall are skipped: a late burst would add no information.
            next = (next + INTERVAL).max(Instant::now());
            while let Some(wait) = next.checked_duration_since(Instant::now()).filter(|wait| !wait.is_zero())
            {
                match poll.poll(&mut ready, Some(wait)) {
                    Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                    _ => self.listen(&mut socket, &mut rounds)?,
                }
            }
            let old = |round: &Round| self.clock.now().since(round.asked) > PATIENCE;
            while rounds.front().is_some_and(old) {
                self.close(rounds.pop_front());
            }
        }
        self.listen(&mut socket, &mut rounds)?;
        rounds.into_iter().for_each(|round| self.close(Some(round)));
        Ok(())
    }

    fn ask(&self, socket: &mut File, number: u32) -> io::Result<()> {
        match socket.write(&question(number, self.address.ip)) {
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

    fn listen(&self, socket: &mut File, rounds: &mut VecDeque<Round>) -> io::Result<()> {
        let mut frame = [0; 128];
        loop {
            let length = match socket.read(&mut frame) {
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.raw_os_error() == Some(libc::ENETDOWN) => continue,
                Err(error) => return Err(error),
            };
            let at = self.clock.now();
            match hear(&frame[..length]) {
                Some(Heard::Answer { number, mac, ip }) if ip == self.address.ip => {
                    let node = self.nodes.get(&mac).cloned();
                    if let Some(node) = &node {
                        self.holders.set(&self.address.name, node, at);
                    }
                    if let Some(round) = rounds.iter_mut().find(|round| round.number == number) {
                        round.answers.push(HolderAnswer { mac, node, at });
                    }
                }
                Some(Heard::Announcement { mac, ip }) if ip == self.address.ip => {
                    let (address, node) = (self.address.name.clone(), self.nodes.get(&mac).cloned());
                    self.tell(at, What::Announced { address, mac, node });
                }
                _ => {}
            }
        }
    }

    fn close(&self, round: Option<Round>) {
        if let Some(Round { asked, answers, .. }) = round {
            self.tell(asked, What::Holder { address: self.address.name.clone(), asked, answers });
        }
    }

    fn tell(&self, t: Nanos, what: What) {
        // The receiver is gone only when the drill is over.
        let _ = self.events.send(Event { t, what });
    }
}
