//! The mirrored disk: which side is primary, whether the sides reach each other, and which of them may be
//! used.

use std::time::Duration;

use super::happening::Happening;
use super::layout::Tie;
use super::{Cluster, MirrorState, Word};
use crate::fault::Mechanism;
use crate::model::{AddressName, NodeName};

/// How long a side waits for the other before it continues alone.
const TIMEOUT: Duration = Duration::from_millis(1000);

/// How often a side that lost the other tries to reach it.
const CONNECT: Duration = Duration::from_millis(1000);

impl Cluster {
    fn mirror(&self, address: &AddressName) -> Option<(&Tie, &MirrorState)> {
        Some((self.group(address)?.mirror.as_ref()?, &self.state.groups.get(address)?.mirror))
    }

    fn mirror_mut(&mut self, address: &AddressName) -> Option<&mut MirrorState> {
        self.state.groups.get_mut(address).map(|own| &mut own.mirror)
    }

    /// Whether all sides of a tie run and reach each other.
    pub(super) fn is_tied(&self, tie: &Tie) -> bool {
        let all = |node: &NodeName| {
            let mut others = tie.members.iter().filter(|other| *other != node);
            self.is_on(node) && others.all(|other| self.passes(node, other, &tie.network, tie.traffic))
        };
        tie.members.iter().all(all)
    }

    /// Whether writes wait, because a side has not detected yet that the other is gone.
    pub(super) fn writes_wait(&self, node: &NodeName) -> Option<Duration> {
        let groups = self.layout.groups.keys();
        let mut mirrors = groups.filter_map(|address| self.mirror(address));
        let own = mirrors.find(|(tie, _)| tie.members.contains(node))?;
        (own.1.connected && !self.is_tied(own.0)).then_some(TIMEOUT)
    }

    pub(super) fn look_at_mirror(&mut self, address: &AddressName) {
        let Some((tie, mirror)) = self.mirror(address) else { return };
        let (tied, tie, mirror) = (self.is_tied(tie), tie.clone(), mirror.clone());
        if !mirror.connected {
            let changed: Vec<NodeName> =
                mirror.primary.iter().filter(|node| self.is_on(node)).cloned().collect();
            if let Some(own) = self.mirror_mut(address) {
                own.apart.extend(changed);
            }
        }
        let key = (address.clone(), tie.members.first().cloned());
        let (address, Some(_)) = (key.0, key.1) else { return };
        if mirror.connected && !tied && mirror.parted_at.is_none() {
            let now = self.state.now;
            if let Some(own) = self.mirror_mut(&address) {
                own.parted_at = Some(now);
            }
            self.plan(TIMEOUT, Happening::Parted { address });
        } else if !mirror.connected && tied && !mirror.split && mirror.parted_at.is_some() {
            if let Some(own) = self.mirror_mut(&address) {
                own.parted_at = None;
            }
            let after = self.state.dice.about(CONNECT);
            self.plan(after, Happening::Met { address });
        }
    }

    pub(super) fn parted(&mut self, address: &AddressName) {
        let Some((tie, _)) = self.mirror(address) else { return };
        if self.is_tied(tie) {
            if let Some(own) = self.mirror_mut(address) {
                own.parted_at = None;
            }
            return;
        }
        if let Some(own) = self.mirror_mut(address) {
            (own.connected, own.resync) = (false, None);
        }
        self.drbd_all(
            address,
            "change connection name:r0 peer-node-id:1 conn-name:peer connection:Connecting role:Unknown",
        );
        self.drbd_all(address, "change peer-device name:r0 volume:0 replication:Off peer-disk:DUnknown");
    }

    pub(super) fn met(&mut self, address: &AddressName) {
        let now = self.state.now;
        let Some((tie, mirror)) = self.mirror(address) else { return };
        if mirror.connected || mirror.split {
            return;
        }
        if !self.is_tied(tie) {
            if let Some(own) = self.mirror_mut(address) {
                own.parted_at = Some(now);
            }
            return;
        }
        let (members, apart) = (tie.members.clone(), mirror.apart.clone());
        if apart.len() > 1 {
            if let Some(own) = self.mirror_mut(address) {
                own.split = true;
            }
            self.drbd_all(address, "call helper name:r0 conn-name:peer helper:initial-split-brain");
            self.drbd_all(
                address,
                "change connection name:r0 peer-node-id:1 conn-name:peer connection:StandAlone",
            );
            return;
        }
        if let Some(own) = self.mirror_mut(address) {
            (own.connected, own.parted_at) = (true, None);
        }
        self.drbd_all(
            address,
            "change connection name:r0 peer-node-id:1 conn-name:peer connection:Connected",
        );
        // The side that was primary alone has the data that the other lacks; a side with an incomplete
        // synchronisation needs the rest.
        let source = apart.into_iter().next().or_else(|| {
            let usable = |node: &&NodeName| !self.is_inconsistent(address, node);
            members
                .iter()
                .any(|node| self.is_inconsistent(address, node))
                .then(|| members.iter().find(usable))?
                .cloned()
        });
        let target = source.as_ref().and_then(|source| members.iter().find(|node| *node != source).cloned());
        match (source, target) {
            (Some(source), Some(target)) => self.synchronise(address, &source, &target),
            _ => self.drbd_all(
                address,
                "change peer-device name:r0 volume:0 replication:Established peer-disk:UpToDate",
            ),
        }
    }

    fn is_inconsistent(&self, address: &AddressName, node: &NodeName) -> bool {
        self.mirror(address).is_some_and(|(_, mirror)| mirror.inconsistent.contains(node))
    }

    fn synchronise(&mut self, address: &AddressName, source: &NodeName, target: &NodeName) {
        let slow = self.slowness(target).max(self.slowness(source));
        let after = self.state.dice.about(Duration::from_millis(900)) * slow;
        let number =
            self.plan(after, Happening::Resynced { address: address.clone(), number: self.number + 1 });
        if let Some(own) = self.mirror_mut(address) {
            own.inconsistent.insert(target.clone());
            own.resync = Some((number, target.clone()));
        }
        let drbd = |node: &NodeName, text: &str| Word::Drbd(node.clone(), text.to_owned());
        self.say(drbd(
            source,
            "change peer-device name:r0 volume:0 replication:SyncSource peer-disk:Inconsistent",
        ));
        self.say(drbd(target, "change device name:r0 volume:0 minor:0 disk:Inconsistent"));
        self.say(drbd(
            target,
            "change peer-device name:r0 volume:0 replication:SyncTarget peer-disk:UpToDate",
        ));
    }

    pub(super) fn resynced(&mut self, address: &AddressName, number: u64) {
        let Some(own) = self.mirror_mut(address) else { return };
        let Some((_, target)) = own.resync.clone().filter(|(current, _)| *current == number) else { return };
        own.resync = None;
        own.inconsistent.remove(&target);
        own.apart.clear();
        let members = self.members(address);
        if let Some(source) = members.iter().find(|node| **node != target) {
            self.copy_all(source, &target);
        }
        self.say(Word::Drbd(target, "change device name:r0 volume:0 minor:0 disk:UpToDate".to_owned()));
        self.drbd_all(
            address,
            "change peer-device name:r0 volume:0 replication:Established peer-disk:UpToDate",
        );
        self.plan(Duration::from_millis(10), Happening::Recheck { address: address.clone() });
    }

    /// Makes a node primary; returns whether its disk allows that.
    pub(super) fn promote(&mut self, address: &AddressName, node: &NodeName) -> bool {
        let Some((_, mirror)) = self.mirror(address) else { return true };
        let taken = mirror.connected && mirror.primary.iter().any(|other| other != node);
        if taken || mirror.inconsistent.contains(node) {
            return false;
        }
        if let Some(own) = self.mirror_mut(address) {
            own.primary.insert(node.clone());
        }
        self.say(Word::Drbd(node.clone(), "change resource name:r0 role:Primary suspended:no".to_owned()));
        true
    }

    pub(super) fn demote(&mut self, address: &AddressName, node: &NodeName) {
        if self.mirror(address).is_none() {
            return;
        }
        if let Some(own) = self.mirror_mut(address) {
            own.primary.remove(node);
        }
        self.say(Word::Drbd(node.clone(), "change resource name:r0 role:Secondary suspended:no".to_owned()));
    }

    /// Emits an event on every side that runs.
    fn drbd_all(&mut self, address: &AddressName, text: &str) {
        for node in self.members(address).into_iter().filter(|node| self.is_on(node)).collect::<Vec<_>>() {
            self.say(Word::Drbd(node, text.to_owned()));
        }
    }

    /// The state of DRBD on a node, in the initial lines of `drbdsetup events2`; none without a mirror.
    pub fn drbd_status(&self, node: &NodeName) -> Vec<String> {
        let groups = self.layout.groups.keys();
        let mut mirrors = groups.filter_map(|address| self.mirror(address));
        let Some((tie, mirror)) = mirrors.find(|(tie, _)| tie.members.contains(node)) else {
            return Vec::new();
        };
        let disk =
            |node: &NodeName| if mirror.inconsistent.contains(node) { "Inconsistent" } else { "UpToDate" };
        let peer = tie.members.iter().find(|other| *other != node);
        let role = if mirror.primary.contains(node) { "Primary" } else { "Secondary" };
        let (connection, replication, peer_disk) = match (mirror.connected, mirror.split) {
            (true, _) => ("Connected", "Established", peer.map_or("DUnknown", disk)),
            (false, true) => ("StandAlone", "Off", "DUnknown"),
            (false, false) => ("Connecting", "Off", "DUnknown"),
        };
        vec![
            format!("exists resource name:r0 role:{role} suspended:no"),
            format!(
                "exists connection name:r0 peer-node-id:1 conn-name:peer connection:{connection} role:Unknown"
            ),
            format!("exists device name:r0 volume:0 minor:0 disk:{}", disk(node)),
            format!("exists peer-device name:r0 volume:0 replication:{replication} peer-disk:{peer_disk}"),
        ]
    }

    /// The slowdown factor of the disks of a node.
    pub(super) fn slowness(&self, node: &NodeName) -> u32 {
        let own = self.state.injections.values().filter(|own| own.node == *node);
        let factor = own.map(|own| match own.mechanism {
            Mechanism::Throttle { operations, .. } => 200 / operations.clamp(1, 200),
            _ => 1,
        });
        factor.max().unwrap_or(1).max(1)
    }

    /// The offset at which the sides of a mirror begin to differ; none if they are equal, or there is no
    /// mirror.
    pub fn mirror_difference(&self, nodes: &[NodeName]) -> Option<u64> {
        let groups = self.layout.groups.keys();
        let mut mirrors = groups.filter_map(|address| self.mirror(address));
        let (_, mirror) = mirrors.find(|(tie, _)| nodes.iter().all(|node| tie.members.contains(node)))?;
        (mirror.split || !mirror.inconsistent.is_empty() || !mirror.apart.is_empty()).then_some(4096)
    }
}
