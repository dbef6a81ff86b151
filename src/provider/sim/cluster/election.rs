//! Detection, takeover and failback.

use std::time::Duration;

use super::happening::Happening;
use super::layout::Group;
use super::{Cluster, Life, Member, Role, Trouble, Word};
use crate::model::{AddressName, Liveness, NodeName};

/// The parts that are started for a virtual address, in order, each with its typical duration.
const WITH_DISK: [(&str, u64); 6] = [
    ("promote-begin", 120),
    ("promoted", 250),
    ("mounted", 180),
    ("database-up", 1300),
    ("web-up", 120),
    ("address-up", 150),
];
const BY_ITSELF: [(&str, u64); 1] = [("address-up", 60)];

/// The parts that are stopped for it, in order.
const WITH_DISK_DOWN: [(&str, u64); 5] =
    [("address-down", 60), ("web-down", 150), ("database-down", 600), ("unmounted", 120), ("demoted", 80)];
const BY_ITSELF_DOWN: [(&str, u64); 1] = [("address-down", 15)];

/// The delay between the return of a node and its claim, if the cluster has no such setting.
const CLAIM: Duration = Duration::from_millis(1500);

/// How often a cluster manager checks the services that it watches.
const WATCH: Duration = Duration::from_secs(2);

impl Group {
    /// Whether only the holder sends heartbeats, and the others elect a new one when these stop.
    pub(super) fn elects(&self) -> bool {
        matches!(self.liveness, Some(Liveness::Vrrp { .. } | Liveness::Ucarp { .. }))
    }

    fn stages(&self) -> &'static [(&'static str, u64)] {
        if self.mirror.is_some() { &WITH_DISK } else { &BY_ITSELF }
    }

    fn stages_down(&self) -> &'static [(&'static str, u64)] {
        if self.mirror.is_some() { &WITH_DISK_DOWN } else { &BY_ITSELF_DOWN }
    }

    /// The maximum time to stop all parts of the address.
    pub(super) fn stop_time(&self) -> Duration {
        Duration::from_millis(self.stages_down().iter().map(|(_, span)| span).sum::<u64>() * 6 / 5)
    }
}

impl Cluster {
    pub(super) fn group(&self, address: &AddressName) -> Option<&Group> {
        self.layout.groups.get(address)
    }

    pub(super) fn member(&self, address: &AddressName, node: &NodeName) -> Option<&Member> {
        self.state.groups.get(address)?.members.get(node)
    }

    pub(super) fn member_mut(&mut self, address: &AddressName, node: &NodeName) -> Option<&mut Member> {
        self.state.groups.get_mut(address)?.members.get_mut(node)
    }

    pub(super) fn role(&self, address: &AddressName, node: &NodeName) -> Role {
        self.member(address, node).map(|member| member.role).unwrap_or_default()
    }

    pub(super) fn is_ready(&self, address: &AddressName, node: &NodeName) -> bool {
        self.is_on(node) && self.member(address, node).is_some_and(|member| member.ready)
    }

    pub(super) fn is_at(&self, address: &AddressName, node: &NodeName, role: Role, turn: u64) -> bool {
        let same = |member: &Member| member.role == role && member.turn == turn;
        self.is_on(node) && self.member(address, node).is_some_and(same)
    }

    /// Whether the cluster manager of a node is active.
    pub(super) fn is_managed(&self, address: &AddressName, node: &NodeName) -> bool {
        let broken = self.layout.manager_unit(node).is_some_and(|unit| self.trouble(node, unit).is_some());
        self.is_ready(address, node) && !broken
    }

    pub(super) fn trouble(&self, node: &NodeName, unit: &str) -> Option<Trouble> {
        self.state.nodes.get(node)?.broken.get(unit).copied()
    }

    /// Whether a node reaches another at all, so that it would notice if the other held the address.
    pub(super) fn connected(&self, address: &AddressName, by: &NodeName, peer: &NodeName) -> bool {
        let Some(group) = self.group(address) else { return false };
        self.is_managed(address, peer)
            && group.paths.iter().any(|network| self.passes(peer, by, network, group.traffic))
    }

    /// The rank of a claim: a node whose services fail ranks behind all others.
    pub(super) fn rank(&self, address: &AddressName, node: &NodeName) -> (bool, usize) {
        let Some(group) = self.group(address) else { return (true, usize::MAX) };
        let place = group.members.iter().position(|member| member == node).unwrap_or(usize::MAX);
        (group.watches && self.is_failing(node), place)
    }

    fn is_failing(&self, node: &NodeName) -> bool {
        let manager = self.layout.manager_unit(node);
        let own = self.state.nodes.get(node);
        own.is_some_and(|own| own.broken.keys().any(|unit| Some(unit.as_str()) != manager))
    }

    /// A node that detects the loss of its network gives the address up, and has no claim until the network
    /// is back.
    pub(super) fn look_at_carrier(&mut self, address: &AddressName) {
        let Some(group) = self.group(address).filter(|group| group.elects()) else { return };
        let network = group.network.clone();
        for node in self.members(address) {
            let up = self.has_carrier(&node, &network);
            if !up && self.is_ready(address, &node) {
                if matches!(self.role(address, &node), Role::Active | Role::Taking) {
                    self.release(address, &node);
                }
                if let Some(member) = self.member_mut(address, &node) {
                    (member.ready, member.unplugged) = (false, true);
                }
            } else if up && self.is_on(&node) && self.member(address, &node).is_some_and(|own| own.unplugged)
            {
                let lives = self.lives(&node);
                if let Some(member) = self.member_mut(address, &node) {
                    member.unplugged = false;
                }
                self.plan(CLAIM / 3, Happening::Ready { address: address.clone(), node, lives });
            }
        }
    }

    pub(super) fn missed(&mut self, address: &AddressName, by: &NodeName, peer: &NodeName, silence: u64) {
        let managed = self.is_managed(address, by);
        let Some(member) = self.member_mut(address, by) else { return };
        if !managed || member.silent.get(peer) != Some(&silence) {
            return;
        }
        member.silent.remove(peer);
        member.dead.insert(peer.clone());
        self.say_dead(address, by, peer);
        self.recheck(address);
    }

    pub(super) fn say_dead(&mut self, address: &AddressName, by: &NodeName, peer: &NodeName) {
        if self.group(address).is_some_and(|group| matches!(group.liveness, Some(Liveness::Heartbeat { .. })))
        {
            self.log(by, format!("{by} heartbeat: [811]: WARN: node {peer}: is dead"));
        }
    }

    /// Lets the node with the best claim take the address, if it may.
    pub(super) fn recheck(&mut self, address: &AddressName) {
        let favoured = self.favoured.get(address).cloned();
        let mut members = self.members(address);
        members.sort_by_key(|node| (favoured.as_ref() != Some(node), self.rank(address, node)));
        if let Some(node) = members.into_iter().find(|node| self.may_take(address, node)) {
            self.favoured.remove(address);
            self.take(address, &node);
        }
    }

    fn may_take(&self, address: &AddressName, node: &NodeName) -> bool {
        let Some(member) = self.member(address, node) else { return false };
        if member.role != Role::Standby || !self.is_managed(address, node) || !member.silent.is_empty() {
            return false;
        }
        let unusable =
            self.state.groups.get(address).is_some_and(|own| own.mirror.inconsistent.contains(node));
        let peers = self.members(address).into_iter().filter(|peer| peer != node);
        let mut reached = peers.filter(|peer| self.connected(address, node, peer));
        let favoured = self.favoured.get(address) == Some(node);
        let blocks = |peer: &NodeName| {
            let better = self.rank(address, peer) < self.rank(address, node) && !favoured;
            self.role(address, peer) != Role::Standby || (better && self.is_ready(address, peer))
        };
        !unusable && !reached.any(|peer| blocks(&peer))
    }

    fn take(&mut self, address: &AddressName, node: &NodeName) {
        let heartbeat = self
            .group(address)
            .is_some_and(|group| matches!(group.liveness, Some(Liveness::Heartbeat { .. })));
        if heartbeat {
            let from = self.members(address).into_iter().find(|peer| peer != node);
            let from = from.map(|peer| peer.to_string()).unwrap_or_default();
            self.log(node, format!("{node} heartbeat: [811]: info: Resources being acquired from {from}."));
        }
        if self.group(address).is_some_and(|group| matches!(group.liveness, Some(Liveness::Vrrp { .. }))) {
            self.log(node, format!("Keepalived_vrrp[612]: ({address}) Entering MASTER STATE"));
        }
        self.begin_role(address, node, Role::Taking);
        self.plan_stage(address, node, 0);
    }

    fn begin_role(&mut self, address: &AddressName, node: &NodeName, role: Role) {
        if let Some(member) = self.member_mut(address, node) {
            member.role = role;
            member.turn += 1;
        }
    }

    /// Plans the end of the part in this place; returns whether there is one.
    fn plan_stage(&mut self, address: &AddressName, node: &NodeName, place: usize) -> bool {
        let taking = self.role(address, node) == Role::Taking;
        let Some(group) = self.group(address) else { return false };
        let stages = if taking { group.stages() } else { group.stages_down() };
        let Some((_, span)) = stages.get(place) else { return false };
        let after = self.state.dice.about(Duration::from_millis(*span));
        let turn = self.member(address, node).map(|member| member.turn).unwrap_or_default();
        let (address, node) = (address.clone(), node.clone());
        self.plan(
            after,
            match taking {
                true => Happening::Started { address, node, place, turn },
                false => Happening::Stopped { address, node, place, turn },
            },
        );
        true
    }

    pub(super) fn started(&mut self, address: &AddressName, node: &NodeName, place: usize) {
        let Some((name, _)) = self.group(address).and_then(|group| group.stages().get(place)) else { return };
        if *name == "promoted" && !self.promote(address, node) {
            self.log(node, format!("{node} heartbeat: [811]: ERROR: the disk could not become primary"));
            self.begin_role(address, node, Role::Standby);
            return;
        }
        self.mark(address, node, name);
        if self.plan_stage(address, node, place + 1) {
            return;
        }
        self.begin_role(address, node, Role::Active);
        if let Some(own) = self.state.groups.get_mut(address) {
            own.believed = Some(node.clone());
        }
        self.say(Word::Announced(address.clone(), node.clone()));
    }

    /// Makes a node give an address up in order.
    pub(super) fn release(&mut self, address: &AddressName, node: &NodeName) {
        self.begin_role(address, node, Role::Releasing);
        self.plan_stage(address, node, 0);
    }

    pub(super) fn stopped(&mut self, address: &AddressName, node: &NodeName, place: usize) {
        let Some((name, _)) = self.group(address).and_then(|group| group.stages_down().get(place)) else {
            return;
        };
        if *name == "demoted" {
            self.demote(address, node);
        }
        self.mark(address, node, name);
        if self.plan_stage(address, node, place + 1) {
            return;
        }
        self.begin_role(address, node, Role::Standby);
        if self.life(node) == Some(Life::Stopping) {
            self.leave(address, node);
        }
        self.plan(Duration::from_millis(10), Happening::Recheck { address: address.clone() });
        let carp =
            self.group(address).is_some_and(|own| matches!(own.liveness, Some(Liveness::Ucarp { .. })));
        // A shutdown under CARP is not announced: it is detected by the missing heartbeats.
        if carp && self.life(node) == Some(Life::Stopping) {
            return;
        }
        for peer in self.members(address) {
            if let Some(member) = self.member_mut(address, &peer) {
                member.silent.remove(node);
            }
        }
    }

    /// A node that shuts down in order announces it, if the protocol has a message for that.
    pub(super) fn leave(&mut self, address: &AddressName, node: &NodeName) {
        if let Some(member) = self.member_mut(address, node) {
            member.ready = false;
        }
        let carp =
            self.group(address).is_some_and(|own| matches!(own.liveness, Some(Liveness::Ucarp { .. })));
        if carp {
            return;
        }
        for peer in self.members(address) {
            if let Some(member) = self.member_mut(address, &peer) {
                member.heard.remove(node);
                member.silent.remove(node);
                member.dead.insert(node.clone());
            }
        }
    }

    /// The log line of a node for a part that was started or stopped.
    fn mark(&mut self, address: &AddressName, node: &NodeName, name: &str) {
        let uptime = self.state.now.as_secs_f64();
        let line = match self.group(address).and_then(|group| group.liveness.as_ref()) {
            None => return,
            // The line is written when the node has elected itself, before it takes the address.
            Some(Liveness::Vrrp { .. }) if name == "address-up" => return,
            Some(Liveness::Vrrp { .. }) => format!("Keepalived_vrrp[612]: ({address}) Entering BACKUP STATE"),
            Some(Liveness::Ucarp { .. }) if name == "address-up" => {
                format!("halab: mark elected node={node} uptime={uptime:.2}")
            }
            Some(_) => format!("halab: mark {name} node={node} uptime={uptime:.2}"),
        };
        self.log(node, line);
    }

    pub(super) fn ready(&mut self, address: &AddressName, node: &NodeName) {
        let Some(group) = self.group(address) else { return };
        let (initial, fixed) = (group.initial, group.liveness.is_none());
        if !self.has_carrier(node, &group.network.clone()) && group.elects() {
            return;
        }
        for peer in self.members(address) {
            if let Some(member) = self.member_mut(address, &peer) {
                member.dead.remove(node);
            }
        }
        if let Some(member) = self.member_mut(address, node) {
            member.ready = true;
        }
        let alone =
            !self.members(address).iter().any(|peer| peer != node && self.connected(address, node, peer));
        let (after, address, lives) = match (fixed, alone) {
            (true, _) => (Duration::ZERO, address.clone(), self.lives(node)),
            (false, true) => (self.state.dice.about(initial), address.clone(), self.lives(node)),
            (false, false) => (self.state.dice.about(CLAIM), address.clone(), self.lives(node)),
        };
        self.plan(after, Happening::Elect { address, node: node.clone(), lives });
    }

    pub(super) fn elect(&mut self, address: &AddressName, node: &NodeName) {
        let members = self.members(address);
        let unheard = members.iter().filter(|peer| *peer != node && !self.connected(address, node, peer));
        let unheard: Vec<NodeName> = unheard.cloned().collect();
        if let Some(member) = self.member_mut(address, node) {
            for peer in unheard {
                member.silent.remove(&peer);
                member.dead.insert(peer);
            }
        }
        self.recheck(address);
    }

    /// Whether a node may ask another for the address.
    fn has_claim(&self, address: &AddressName, node: &NodeName) -> Option<(NodeName, Duration)> {
        let group = self.group(address)?;
        let holder = self
            .members(address)
            .into_iter()
            .find(|peer| peer != node && self.is_on(peer) && self.role(address, peer) == Role::Active)?;
        let failing = self.rank(address, &holder).0;
        let better = self.rank(address, node) < self.rank(address, &holder);
        let able = self.is_managed(address, node) && self.role(address, node) == Role::Standby;
        let heard = self.member(address, node).is_some_and(|member| member.heard.contains(&holder));
        let mirror = &self.state.groups.get(address)?.mirror;
        let equal = group.mirror.is_none() || (mirror.connected && mirror.resync.is_none() && !mirror.split);
        let after = match (failing, group.failback_delay.is_zero()) {
            (true, _) => WATCH + WATCH / 2,
            (false, true) => CLAIM,
            (false, false) => group.failback_delay,
        };
        (better && able && heard && equal && (group.fails_back || failing)).then_some((holder, after))
    }

    pub(super) fn look_at_claims(&mut self, address: &AddressName) {
        for node in self.members(address) {
            let key = (address.clone(), node.clone());
            match self.has_claim(address, &node) {
                Some((_, after)) if !self.claims.contains(&key) => {
                    self.claims.insert(key);
                    let after = self.state.dice.about(after);
                    self.plan(after, Happening::Claim { address: address.clone(), node });
                }
                _ => {}
            }
        }
    }

    pub(super) fn claim(&mut self, address: &AddressName, node: &NodeName) {
        self.claims.remove(&(address.clone(), node.clone()));
        if let Some((holder, _)) = self.has_claim(address, node) {
            self.release(address, &holder);
        }
    }
}
