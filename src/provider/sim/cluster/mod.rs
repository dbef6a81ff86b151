//! A small model of a cluster: which node holds each address, how the failure of a node is detected and
//! handled, and where acknowledged writes are.
//!
//! Pure: its caller advances its time, which is a number ([`Cluster::advance`]), and its random choices are
//! part of its [`State`]. Drills on a simulated host are performed on it, and commands query it.

mod data;
mod dice;
mod election;
mod faults;
mod happening;
mod health;
mod hearing;
mod layout;
mod links;
mod liveness;
mod mirror;
mod planted;
mod service;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use dice::Dice;
pub use layout::Layout;
pub use planted::Planted;
pub use service::{Reply, Served};
pub use state::{GroupState, Life, Member, MirrorState, NodeState, Role, State, Trouble};

use self::happening::Happening;
use crate::model::{AddressName, Lab, NodeName};

/// The time that a cluster gets between two commands: all its reactions are complete by then.
const SETTLED: Duration = Duration::from_secs(600);

/// An observation of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// When it was made.
    pub at: Duration,
    /// Its content.
    pub what: Word,
}

/// The kinds of observations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A line in the log of a node's cluster manager.
    Log(NodeName, String),
    /// An event of a node's DRBD.
    Drbd(NodeName, String),
    /// A node announced that it holds an address.
    Announced(AddressName, NodeName),
    /// A node accepts logins.
    Up(NodeName),
    /// A node no longer answers.
    Down(NodeName),
}

/// A simulated cluster.
#[derive(Debug, Clone)]
pub struct Cluster {
    layout: Layout,
    state: State,
    queue: BTreeMap<(Duration, u64), Happening>,
    /// The number of the latest scheduled event.
    number: u64,
    said: Vec<Said>,
    /// The pending claims, so that none is made twice.
    claims: BTreeSet<(AddressName, NodeName)>,
    /// The peers whose heartbeat is on its way to a node that does not expect it.
    sighted: BTreeSet<(AddressName, NodeName, NodeName)>,
    /// The next holder of an address, regardless of the claims.
    favoured: BTreeMap<AddressName, NodeName>,
    /// Until when a second node answers for every address.
    doubled_until: Option<Duration>,
    planted: BTreeSet<Planted>,
    /// The number of requested writes for each page.
    writes: BTreeMap<String, u64>,
    /// When each node will have finished its requests.
    busy: BTreeMap<(NodeName, String), Duration>,
    /// The server whose turn it is behind each balancer.
    turns: BTreeMap<NodeName, usize>,
}

impl Cluster {
    /// The cluster of a lab in this state; without a state, as the lab is after it came up.
    pub fn new(lab: &Lab, state: Option<State>, planted: &[Planted]) -> Self {
        let layout = Layout::of(lab);
        let state = state.unwrap_or_else(|| fresh(&layout));
        Self {
            layout,
            state,
            queue: BTreeMap::new(),
            number: 0,
            said: Vec::new(),
            claims: BTreeSet::new(),
            sighted: BTreeSet::new(),
            favoured: BTreeMap::new(),
            doubled_until: None,
            planted: planted.iter().copied().collect(),
            writes: BTreeMap::new(),
            busy: BTreeMap::new(),
            turns: BTreeMap::new(),
        }
    }

    /// Its state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The model's view of the lab.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Its time.
    pub fn now(&self) -> Duration {
        self.state.now
    }

    /// Begins a drill with a seed, and gives the drill's number on this cluster, from 1.
    pub fn begin_drill(&mut self, seed: u64) -> u64 {
        self.state.drills += 1;
        self.state.dice = Dice(seed);
        self.state.drills
    }

    /// The time of the next scheduled event; none if there is none.
    pub fn next(&self) -> Option<Duration> {
        self.queue.keys().next().map(|(at, _)| *at)
    }

    /// Advances its time, processes the events until then, and returns the observations since the last call.
    pub fn advance(&mut self, to: Duration) -> Vec<Said> {
        while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= to) {
            self.state.now = self.state.now.max(entry.key().0);
            let happening = entry.remove();
            self.happen(happening);
            self.look();
        }
        self.state.now = self.state.now.max(to);
        std::mem::take(&mut self.said)
    }

    /// Processes all scheduled events, and those that follow from them.
    pub fn settle(&mut self) {
        self.look();
        let end = self.state.now + SETTLED;
        while let Some(next) = self.next().filter(|next| *next <= end) {
            self.advance(next);
        }
        self.queue.clear();
        self.claims.clear();
        self.sighted.clear();
        self.said.clear();
    }

    /// Makes a standby declare the holder of an address dead, although it is on.
    pub fn mistake(&mut self, address: &AddressName) {
        let Some(holder) = self.holder(address) else { return };
        let members = self.members(address);
        let Some(standby) = members.into_iter().find(|node| *node != holder && self.is_ready(address, node))
        else {
            return;
        };
        self.say_dead(address, &standby, &holder);
        self.favoured.insert(address.clone(), standby);
        self.release(address, &holder);
        self.look();
    }

    /// Lets a second node answer for every address, for this duration.
    pub fn double(&mut self, span: Duration) {
        self.doubled_until = Some(self.state.now + span);
    }

    fn has_planted(&self, planted: Planted) -> bool {
        self.planted.contains(&planted)
    }

    fn members(&self, address: &AddressName) -> Vec<NodeName> {
        self.layout.groups.get(address).map(|group| group.members.clone()).unwrap_or_default()
    }

    fn say(&mut self, what: Word) {
        self.said.push(Said { at: self.state.now, what });
    }

    fn log(&mut self, node: &NodeName, text: impl Into<String>) {
        self.say(Word::Log(node.clone(), text.into()));
    }

    /// Schedules an event, and returns its number.
    fn plan(&mut self, after: Duration, happening: Happening) -> u64 {
        self.number += 1;
        self.queue.insert((self.state.now + after, self.number), happening);
        self.number
    }

    fn fresh_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    /// Detects changes.
    fn look(&mut self) {
        let addresses: Vec<AddressName> = self.layout.groups.keys().cloned().collect();
        for address in &addresses {
            self.look_at_carrier(address);
            self.look_at_peers(address);
            self.look_at_mirror(address);
            self.look_at_claims(address);
        }
        self.merge_copies();
    }
}

/// All nodes on, each address on its preferred node, and all copies equal.
fn fresh(layout: &Layout) -> State {
    let mut state = State::default();
    for node in &layout.lab.nodes {
        state.nodes.insert(node.name.clone(), NodeState { life: Life::On, ..NodeState::default() });
    }
    for (address, group) in &layout.groups {
        let mut own = GroupState { believed: group.members.first().cloned(), ..GroupState::default() };
        for (place, node) in group.members.iter().enumerate() {
            let role = if place == 0 { Role::Active } else { Role::Standby };
            // All nodes receive the advertisements of an address; with Heartbeat and Corosync, each node
            // receives all others.
            let peers = group.members.iter().filter(|peer| *peer != node);
            let heard = peers.filter(|peer| !group.elects() || group.members.first() == Some(*peer));
            let member = Member { role, ready: true, heard: heard.cloned().collect(), ..Member::default() };
            own.members.insert(node.clone(), member);
        }
        if group.mirror.is_some() {
            own.mirror.primary.extend(group.members.first().cloned());
            own.mirror.connected = true;
        }
        state.groups.insert(address.clone(), own);
    }
    state
}
