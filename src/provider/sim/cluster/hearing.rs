//! Which nodes receive each other's heartbeats, and how nodes react when they lose or regain contact.

use std::time::Duration;

use super::happening::Happening;
use super::liveness::Patience;
use super::{Cluster, Planted, Role, Word};
use crate::model::{AddressName, Liveness, NodeName};

/// How long Heartbeat takes to restart.
const ANEW: Duration = Duration::from_millis(2500);

impl Cluster {
    /// Whether a node receives the heartbeats of another.
    fn hears(&self, address: &AddressName, by: &NodeName, peer: &NodeName) -> bool {
        let Some(group) = self.group(address) else { return false };
        let speaks = self.is_managed(address, peer)
            && (!group.elects() || matches!(self.role(address, peer), Role::Active | Role::Taking));
        self.is_managed(address, by)
            && speaks
            && group.paths.iter().any(|network| self.passes(peer, by, network, group.traffic))
    }

    /// Updates which peers are in contact and which are not.
    pub(super) fn look_at_peers(&mut self, address: &AddressName) {
        let members = self.members(address);
        for by in &members {
            for peer in members.iter().filter(|peer| *peer != by) {
                let hears = self.hears(address, by, peer);
                let heard = self.member(address, by).is_some_and(|member| member.heard.contains(peer));
                match (heard, hears) {
                    (true, false) => self.lose_sight(address, by, peer),
                    (false, true) => self.sight(address, by, peer),
                    _ => {}
                }
            }
        }
    }

    fn lose_sight(&mut self, address: &AddressName, by: &NodeName, peer: &NodeName) {
        let managed = self.is_managed(address, by);
        let Some(patience) = self.patience(address, by, peer) else { return };
        let silence = self.fresh_number();
        if let Some(member) = self.member_mut(address, by) {
            member.heard.remove(peer);
            if !managed {
                return;
            }
            member.silent.insert(peer.clone(), silence);
        }
        if self.has_planted(Planted::NoDetection) {
            return;
        }
        let after = patience.draw(&mut self.state.dice);
        let (address, by, peer) = (address.clone(), by.clone(), peer.clone());
        self.plan(after, Happening::Missed { address, by, peer, silence });
    }

    fn patience(&self, address: &AddressName, by: &NodeName, peer: &NodeName) -> Option<Patience> {
        let group = self.group(address)?;
        let place = |node: &NodeName| group.members.iter().position(|member| member == node);
        Some(Patience::of(group.liveness.as_ref()?, place(by)?, place(peer)?, group.members.len()))
    }

    /// A peer can be received again. An unexpected one counts only when its next heartbeat has arrived.
    fn sight(&mut self, address: &AddressName, by: &NodeName, peer: &NodeName) {
        let dead = self.member(address, by).is_some_and(|member| member.dead.contains(peer));
        let both = [by, peer].into_iter().all(|node| self.role(address, node) == Role::Active);
        if !dead && !both {
            return self.meet_again(address, by, peer);
        }
        let key = (address.clone(), by.clone(), peer.clone());
        if !self.sighted.insert(key) {
            return;
        }
        let interval = self.patience(address, by, peer).map(Patience::interval).unwrap_or_default();
        let after = interval / 2 + self.state.dice.up_to(interval / 2);
        let (address, by, peer) = (address.clone(), by.clone(), peer.clone());
        self.plan(after, Happening::Heard { address, by, peer });
    }

    pub(super) fn heard(&mut self, address: &AddressName, by: &NodeName, peer: &NodeName) {
        self.sighted.remove(&(address.clone(), by.clone(), peer.clone()));
        let known = self.member(address, by).is_some_and(|member| member.heard.contains(peer));
        if !known && self.hears(address, by, peer) {
            self.meet_again(address, by, peer);
        }
    }

    fn meet_again(&mut self, address: &AddressName, by: &NodeName, peer: &NodeName) {
        let Some(member) = self.member_mut(address, by) else { return };
        member.heard.insert(peer.clone());
        member.silent.remove(peer);
        let was_dead = member.dead.remove(peer);
        let heartbeat = self.group(address).is_some_and(|group| !group.elects());
        let both = [by, peer].into_iter().all(|node| self.role(address, node) == Role::Active);
        if heartbeat && (was_dead || both) {
            self.begin_anew(address, by, peer);
        } else if both {
            self.one_too_many(address, by, peer);
        }
    }

    /// Heartbeat's reaction to a peer that it had declared dead and that never stopped: both stop everything
    /// and restart.
    fn begin_anew(&mut self, address: &AddressName, by: &NodeName, peer: &NodeName) {
        for node in [by, peer] {
            self.log(node, format!("{node} heartbeat: [811]: WARN: Cluster node returning after partition."));
            if matches!(self.role(address, node), Role::Active | Role::Taking) {
                self.release(address, node);
            }
            let others: Vec<NodeName> = self.members(address);
            if let Some(member) = self.member_mut(address, node) {
                member.ready = false;
                member.heard.clear();
                member.silent.clear();
                member.dead.retain(|other| !others.contains(other));
            }
            let (after, lives) = (self.state.dice.about(ANEW), self.lives(node));
            self.plan(after, Happening::Ready { address: address.clone(), node: node.clone(), lives });
        }
    }

    /// Of two nodes that hold an address and receive each other, the one with the worse claim gives up.
    fn one_too_many(&mut self, address: &AddressName, one: &NodeName, other: &NodeName) {
        let (worse, better) = match self.rank(address, one) < self.rank(address, other) {
            true => (other, one),
            false => (one, other),
        };
        let carp =
            self.group(address).is_some_and(|own| matches!(own.liveness, Some(Liveness::Ucarp { .. })));
        let (after, turn) = match self.member(address, worse) {
            Some(member) if carp => (Duration::from_millis(300), member.turn),
            Some(member) => (Duration::from_millis(20), member.turn),
            None => return,
        };
        let after = self.state.dice.about(after);
        if carp {
            self.overwrite_files(better, worse);
        }
        self.plan(after, Happening::GiveUp { address: address.clone(), node: worse.clone(), turn });
        // The node that keeps the address announces it again, and clients go there.
        if let Some(own) = self.state.groups.get_mut(address) {
            own.believed = Some(better.clone());
        }
        self.say(Word::Announced(address.clone(), better.clone()));
    }
}
