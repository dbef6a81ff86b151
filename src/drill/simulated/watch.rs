//! Observations on the wire, and the lines of nodes.

use super::agenda::Task;
use super::{Round, Simulation};
use crate::drill::lines::{Feed, feeds};
use crate::model::{AddressName, NodeName};
use crate::provider::cluster::{Planted, Word};
use crate::record::{Event, HolderAnswer, Nanos, Stream, What};

/// The interval between two queries for the holder of an address, as on a real wire.
const INTERVAL: Nanos = Nanos::millis(25);

/// How long answers to a query are collected.
const PATIENCE: Nanos = Nanos::millis(500);

/// The delay of a line of a node.
const LATE: Nanos = Nanos::millis(3);

/// The delay from reaching a node to its open streams.
const OPENING: Nanos = Nanos::millis(150);

/// The delay from the first request to a planted event.
const PLANTED: Nanos = Nanos::millis(3000);

/// The length of a planted stall of clients.
const STALL: Nanos = Nanos::millis(5000);

impl Simulation<'_> {
    /// Starts watching the wire and reading the nodes' logs.
    pub fn watch(&mut self) {
        for name in self.setup.drill.addresses() {
            self.agenda.put(self.now, Task::Ask(name.clone()));
        }
        for (node, _) in feeds(self.setup.lab) {
            self.agenda.put(self.now.plus(OPENING), Task::Open(node.clone()));
        }
    }

    /// Puts planted events on the agenda.
    pub fn plant(&mut self) {
        let at = self.now.plus(PLANTED);
        for planted in self.planted.clone() {
            match planted {
                Planted::TwoHolders => self.agenda.put(at, Task::Double),
                Planted::FalseTakeover => self.agenda.put(at, Task::Mistake),
                Planted::StalledProbe => {
                    let service = self.setup.drill.service().map(|load| load.name.clone());
                    let mut all = self.generators.iter_mut();
                    if let Some(own) = all.find(|own| Some(&own.load.name) == service.as_ref()) {
                        own.stall = Some((at, at.plus(STALL)));
                    }
                }
                Planted::LostWrite | Planted::NoDetection | Planted::FalseName => {}
            }
        }
    }

    pub fn mistake(&mut self) {
        if let Some(load) = self.setup.drill.service() {
            let address = load.address.clone();
            self.cluster.mistake(&address);
        }
    }

    pub fn ask_on_the_wire(&mut self, name: &AddressName) {
        if !self.watching {
            return;
        }
        self.agenda.put(self.now.plus(INTERVAL), Task::Ask(name.clone()));
        let lab = self.setup.lab;
        let Some(address) = lab.address(name) else { return };
        let mut answers = Vec::new();
        for node in self.cluster.holders(name) {
            let at = self.now.plus(Nanos(200_000 + self.dice.below(500_000)));
            let Some(nic) = lab.node(&node).and_then(|found| found.nic(&address.network)) else { continue };
            self.holders.insert(name.clone(), (node.clone(), at));
            answers.push(HolderAnswer { mac: nic.mac, node: Some(node), at });
        }
        self.rounds.push_back(Round { address: name.clone(), asked: self.now, answers });
        self.agenda.put(self.now.plus(PATIENCE), Task::Close);
    }

    pub fn close_round(&mut self) {
        if let Some(Round { address, asked, answers }) = self.rounds.pop_front() {
            self.pass(&Event { t: asked, what: What::Holder { address, asked, answers } });
        }
    }

    fn streams_of(&self, node: &NodeName) -> Vec<Stream> {
        let mut all = feeds(self.setup.lab).into_iter();
        let own = all.find(|(own, _)| *own == node).map(|(_, feeds)| feeds).unwrap_or_default();
        own.iter().map(Feed::stream).collect()
    }

    pub fn open_streams(&mut self, node: &NodeName) {
        if !self.watching || !self.cluster.is_on(node) || self.open.contains(node) {
            return;
        }
        self.open.push(node.clone());
        self.emit(What::StreamOpened { node: node.clone() });
        if self.streams_of(node).contains(&Stream::DrbdEvents) {
            for text in self.cluster.drbd_status(node) {
                let (node, stream) = (node.clone(), Stream::DrbdEvents);
                self.emit(What::Line { node, stream, text, backlog: true });
            }
        }
    }

    /// Processes an observation from the cluster.
    pub fn hear(&mut self, at: Nanos, word: Word) {
        match word {
            Word::Announced(address, node) => {
                let lab = self.setup.lab;
                let network = lab.address(&address).map(|address| &address.network);
                let nic = network.and_then(|network| lab.node(&node)?.nic(network));
                if let (Some(nic), true) = (nic, self.watched(&address)) {
                    let what = What::Announced { address, mac: nic.mac, node: Some(node) };
                    self.pass(&Event { t: at, what });
                }
            }
            Word::Log(node, text) => self.line(at, node, Stream::ClusterLog, text),
            Word::Drbd(node, text) => self.line(at, node, Stream::DrbdEvents, text),
            Word::Up(node) => {
                if !self.streams_of(&node).is_empty() {
                    self.agenda.put(at.plus(OPENING), Task::Open(node));
                }
            }
            Word::Down(node) => {
                if self.open.contains(&node) {
                    self.open.retain(|open| *open != node);
                    let reason = "it ended".to_owned();
                    self.pass(&Event { t: at, what: What::StreamLost { node, reason } });
                }
            }
        }
    }

    fn watched(&self, address: &AddressName) -> bool {
        self.watching && self.setup.drill.addresses().contains(&address)
    }

    fn line(&mut self, at: Nanos, node: NodeName, stream: Stream, text: String) {
        if self.open.contains(&node) && self.streams_of(&node).contains(&stream) {
            let what = What::Line { node, stream, text, backlog: false };
            let t = at.plus(LATE);
            self.agenda.put(t, Task::Tell(Box::new(Event { t, what })));
        }
    }
}
