//! The answers to clients: which node a request reaches, which of its services answers, and after what time.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::{Cluster, Life, Role, Trouble};
use crate::fault::Mechanism;
use crate::model::demand::{Demand, Effort};
use crate::model::{AddressName, NodeName};

/// The time that a node takes for a dynamic page, of which it can serve about a hundred a second.
const PROGRAM: Duration = Duration::from_micros(9000);

/// The time for a static file, or to open a connection.
const FILE: Duration = Duration::from_micros(2200);

/// The round-trip time of a packet or a short message.
const PACKET: Duration = Duration::from_micros(450);

/// How long a balancer waits for a server that does not answer, before it tries the next.
const BALANCER: Duration = Duration::from_millis(1000);

/// The outcome of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It is answered.
    Served(Served),
    /// The port is closed.
    Refused,
    /// No node has the address.
    Unreachable,
    /// A node has the address, but no answer comes.
    Silence,
    /// It is answered with an error of the server.
    Broken,
}

/// A pending answer. It arrives only if the nodes that produce it run until then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The time until it arrives.
    pub after: Duration,
    /// The node that names itself in the answer.
    pub node: NodeName,
    /// The nodes that produce it, each with the number of its life.
    pub makers: Vec<(NodeName, u32)>,
}

impl Cluster {
    /// The outcome of a request to an address of the lab now. A write has a number.
    pub fn ask(&mut self, demand: Demand<'_>, ip: Ipv4Addr, write: Option<u64>) -> Reply {
        let node = match self.reached(ip) {
            Ok(node) => node,
            Err(reply) => return reply,
        };
        match demand {
            Demand::Kernel => self.served(&node, PACKET, 1, vec![node.clone()]),
            Demand::Service { name, effort } => {
                let span = match effort {
                    Effort::Packet => PACKET,
                    Effort::Datagram | Effort::Message => PACKET * 4,
                    Effort::Connection => FILE,
                };
                self.by_service(&node, name, span)
            }
            Demand::Page { path, listed } => self.page(&node, path, listed.zip(write)),
        }
    }

    /// Whether all producers of an answer have run until now.
    pub fn arrives(&self, served: &Served) -> bool {
        served.makers.iter().all(|(node, lives)| self.lives(node) == *lives && self.is_on(node))
    }

    /// The numbers on a page that lists writes.
    ///
    /// # Errors
    /// Why the page cannot be read.
    pub fn read(&mut self, page: &str, ip: Ipv4Addr) -> Result<Vec<u64>, String> {
        let node = self.reached(ip).map_err(|_| "no node answers".to_owned())?;
        let server = self.server(&node).map_err(|_| "no server answers".to_owned())?;
        let (keeper, _) = self.database(&server).map_err(|_| "the database does not answer".to_owned())?;
        Ok(self.stored(&keeper, page))
    }

    /// The node that clients reach at an address, at least its kernel.
    pub fn reached(&mut self, ip: Ipv4Addr) -> Result<NodeName, Reply> {
        let virtual_one = self.layout.groups.iter().find(|(_, group)| group.ip == ip);
        let (node, network) = match virtual_one {
            Some((address, group)) => {
                let network = group.network.clone();
                (self.believed(address).ok_or(Reply::Unreachable)?, network)
            }
            None => {
                let own = self.layout.lab.nodes.iter().find_map(|node| {
                    let nic = node.nics.iter().find(|nic| nic.ip == ip)?;
                    Some((node.name.clone(), nic.network.clone()))
                });
                own.ok_or(Reply::Unreachable)?
            }
        };
        let lost = self.lost_to_clients(&node, &network);
        let drawn = lost > 0 && self.state.dice.below(100) < u64::from(lost);
        if drawn || !matches!(self.life(&node), Some(Life::On | Life::Stopping)) {
            return Err(Reply::Unreachable);
        }
        Ok(node)
    }

    /// The node that receives packets for a virtual address, if it accepts them.
    fn believed(&self, address: &AddressName) -> Option<NodeName> {
        let own = self.state.groups.get(address)?;
        let node = own.believed.as_ref()?;
        (own.members.get(node)?.role == Role::Active).then(|| node.clone())
    }

    fn by_service(&mut self, node: &NodeName, service: &str, span: Duration) -> Reply {
        match self.layout.unit(node, service).and_then(|unit| self.trouble(node, unit)) {
            Some(Trouble::Gone) => Reply::Refused,
            Some(Trouble::Hangs) => Reply::Silence,
            None => self.served(node, span, 1, vec![node.clone()]),
        }
    }

    /// The server that makes a page for a node: itself, or one behind it.
    fn server(&mut self, node: &NodeName) -> Result<NodeName, Reply> {
        let Some(servers) = self.layout.balancers.get(node).cloned() else { return Ok(node.clone()) };
        let turn = self.turns.entry(node.clone()).or_default();
        *turn += 1;
        let first = *turn;
        let in_turn = (0..servers.len()).filter_map(|next| servers.get((first + next) % servers.len()));
        let web = |server: &&NodeName| {
            let trouble = self.layout.unit(server, "web").and_then(|unit| self.trouble(server, unit));
            self.is_on(server) && trouble.is_none()
        };
        in_turn.clone().find(web).cloned().ok_or(Reply::Broken)
    }

    /// The node whose disk a page of a server writes to, and whether it is another node.
    fn database(&self, server: &NodeName) -> Result<(NodeName, bool), Reply> {
        let keeper = match &self.layout.database {
            None => server.clone(),
            Some(address) => self.believed(address).filter(|node| self.is_on(node)).ok_or(Reply::Silence)?,
        };
        match self.layout.unit(&keeper, "database").and_then(|unit| self.trouble(&keeper, unit)) {
            Some(Trouble::Gone) => Err(Reply::Broken),
            Some(Trouble::Hangs) => Err(Reply::Silence),
            None => Ok((keeper.clone(), keeper != *server)),
        }
    }

    fn page(&mut self, node: &NodeName, path: &str, write: Option<(&str, u64)>) -> Reply {
        let server = match self.server(node) {
            Ok(server) => server,
            Err(reply) => return reply,
        };
        match self.layout.unit(&server, "web").and_then(|unit| self.trouble(&server, unit)) {
            Some(Trouble::Gone) => return Reply::Refused,
            Some(Trouble::Hangs) => return Reply::Silence,
            None => {}
        }
        if !self.has_pages(&server) {
            return Reply::Broken;
        }
        let mut makers = vec![node.clone(), server.clone()];
        if !path.contains(".php") {
            return self.served(&server, FILE, 1, makers);
        }
        let keeper = match self.database(&server) {
            Ok((keeper, _)) => keeper,
            Err(reply) => return reply,
        };
        makers.push(keeper.clone());
        let Some((page, id)) = write else { return self.served(&server, PROGRAM, 1, makers) };
        self.store(&keeper, page, id);
        let slow = self.slowness(&keeper);
        let waits = self.writes_wait(&keeper).unwrap_or_default();
        match self.served(&server, PROGRAM, slow, makers) {
            Reply::Served(served) => Reply::Served(Served { after: served.after + waits, ..served }),
            reply => reply,
        }
    }

    /// Pages on a mirrored disk are where the disk is mounted.
    fn has_pages(&self, server: &NodeName) -> bool {
        let groups = self.layout.groups.keys();
        let active = |address: &AddressName| self.role(address, server) == Role::Active;
        !self.layout.mirrored(server) || groups.into_iter().any(active)
    }

    /// An answer that is queued behind the other requests of the node.
    fn served(&mut self, node: &NodeName, span: Duration, slow: u32, makers: Vec<NodeName>) -> Reply {
        let starved = self.state.injections.values().filter(|own| own.node == *node);
        let share = starved.filter_map(|own| match own.mechanism {
            Mechanism::Starve { share } => Some(share),
            _ => None,
        });
        let factor = 100 / share.min().unwrap_or(100).clamp(1, 100);
        let took = self.state.dice.about(span) * factor * slow;
        let kind = if span >= FILE { "pages" } else { "packets" };
        let free = self.busy.entry((node.clone(), kind.to_owned())).or_default();
        let begin = (*free).max(self.state.now);
        *free = begin + took;
        let after = (*free).saturating_sub(self.state.now) + PACKET;
        if after > Duration::from_secs(2) {
            // Its client has given up, so the request is not processed.
            *free = begin;
            return Reply::Silence;
        }
        let makers = makers.into_iter().map(|maker| (maker.clone(), self.lives(&maker))).collect();
        Reply::Served(Served { after, node: node.clone(), makers })
    }

    /// How long a balancer takes to detect that a server does not answer.
    pub fn balancer_patience() -> Duration {
        BALANCER
    }
}
