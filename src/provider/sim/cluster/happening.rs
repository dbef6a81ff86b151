//! Scheduled events of a cluster.

use std::time::Duration;

use super::{Cluster, Life, Role, Word};
use crate::model::{AddressName, NodeName};

/// A scheduled event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Happening {
    /// A node has received no heartbeat of a peer for too long, if that silence still lasts.
    Missed { address: AddressName, by: NodeName, peer: NodeName, silence: u64 },
    /// A heartbeat of a peer that was not expected has arrived.
    Heard { address: AddressName, by: NodeName, peer: NodeName },
    /// A part of an address was started, if the node is still starting it.
    Started { address: AddressName, node: NodeName, place: usize, turn: u64 },
    /// A part of it was stopped.
    Stopped { address: AddressName, node: NodeName, place: usize, turn: u64 },
    /// A node has booted, if it has not lost its power since.
    Booted { node: NodeName, lives: u32 },
    /// The cluster manager of a node is up.
    Ready { address: AddressName, node: NodeName, lives: u32 },
    /// A node that has started has waited for its peers for long enough.
    Elect { address: AddressName, node: NodeName, lives: u32 },
    /// A node with a better claim asks for the address.
    Claim { address: AddressName, node: NodeName },
    /// A node detects that it has no right to an address.
    GiveUp { address: AddressName, node: NodeName, turn: u64 },
    /// The node with the best claim takes the address.
    Recheck { address: AddressName },
    /// The sides of a mirror detect that they do not reach each other.
    Parted { address: AddressName },
    /// They detect that they do.
    Met { address: AddressName },
    /// The mirror is synchronised again, unless it was interrupted.
    Resynced { address: AddressName, number: u64 },
    /// A node has stopped everything in order.
    Off { node: NodeName, lives: u32 },
    /// The service manager has started a unit again.
    Restarted { node: NodeName, unit: String, lives: u32 },
}

impl Cluster {
    pub(super) fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Missed { address, by, peer, silence } => self.missed(&address, &by, &peer, silence),
            Happening::Heard { address, by, peer } => self.heard(&address, &by, &peer),
            Happening::Started { address, node, place, turn } => {
                if self.is_at(&address, &node, Role::Taking, turn) {
                    self.started(&address, &node, place);
                }
            }
            Happening::Stopped { address, node, place, turn } => {
                if self.is_at(&address, &node, Role::Releasing, turn) {
                    self.stopped(&address, &node, place);
                }
            }
            Happening::Booted { node, lives } if self.lives(&node) == lives => self.booted(&node),
            Happening::Ready { address, node, lives } if self.lives(&node) == lives => {
                self.ready(&address, &node);
            }
            Happening::Elect { address, node, lives } if self.lives(&node) == lives => {
                self.elect(&address, &node);
            }
            Happening::Claim { address, node } => self.claim(&address, &node),
            Happening::GiveUp { address, node, turn } => {
                if self.is_at(&address, &node, Role::Active, turn) {
                    self.release(&address, &node);
                }
            }
            Happening::Recheck { address } => self.recheck(&address),
            Happening::Parted { address } => self.parted(&address),
            Happening::Met { address } => self.met(&address),
            Happening::Resynced { address, number } => self.resynced(&address, number),
            Happening::Off { node, lives } if self.lives(&node) == lives => self.switch_off(&node),
            Happening::Restarted { node, unit, lives } if self.lives(&node) == lives => {
                self.mend(&node, &unit);
            }
            Happening::Booted { .. }
            | Happening::Ready { .. }
            | Happening::Elect { .. }
            | Happening::Off { .. }
            | Happening::Restarted { .. } => {}
        }
    }

    /// A node has lost its power.
    pub(super) fn switch_off(&mut self, node: &NodeName) {
        let Some(own) = self.state.nodes.get_mut(node) else { return };
        if own.life == Life::Off {
            return;
        }
        own.life = Life::Off;
        own.lives += 1;
        own.broken.clear();
        own.frozen_at = None;
        own.behind = Duration::ZERO;
        self.state.injections.retain(|_, own| own.node != *node || !own.mechanism.ends_with_power());
        for group in self.state.groups.values_mut() {
            if let Some(member) = group.members.get_mut(node) {
                let turn = member.turn + 1;
                *member = super::Member { turn, ..super::Member::default() };
                group.mirror.primary.remove(node);
            }
        }
        self.say(Word::Down(node.clone()));
    }

    fn booted(&mut self, node: &NodeName) {
        if let Some(own) = self.state.nodes.get_mut(node) {
            own.life = Life::On;
        }
        self.say(Word::Up(node.clone()));
        let groups = self.layout.groups.iter().filter(|(_, group)| group.members.contains(node));
        let own: Vec<(AddressName, bool)> =
            groups.map(|(address, group)| (address.clone(), group.liveness.is_some())).collect();
        let lives = self.lives(node);
        for (address, managed) in own {
            let after = match managed {
                true => self.state.dice.about(Duration::from_millis(1200)),
                false => Duration::from_millis(100),
            };
            self.plan(after, Happening::Ready { address, node: node.clone(), lives });
        }
    }
}
