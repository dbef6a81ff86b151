//! External effects on a cluster: power, faults, and their healing.

use std::time::Duration;

use super::happening::Happening;
use super::{Cluster, Life, Trouble, Word};
use crate::fault::{Injection, InjectionId, Mechanism};
use crate::model::fault::{Fault, PauseClock, Value};
use crate::model::{AddressName, Millis, NodeName};

/// How long a node takes to boot.
const BOOT: Duration = Duration::from_secs(10);

/// The time from the end of the services of a node to its power-off, during a shutdown.
const HALT: Duration = Duration::from_millis(1800);

/// How long a service manager takes to start a unit again.
const RESTART: Duration = Duration::from_millis(900);

/// The fault that leaves both sides of a mirror with data of their own.
const SPLIT_BRAIN: &str = "split-brain";

/// The clock offset of a fault, if it has one.
fn jump(fault: &Fault) -> Option<Duration> {
    let by: Millis = fault.text("by").filter(|_| fault.word() == "clock-jump")?.parse().ok()?;
    Some(by.duration())
}

impl Cluster {
    /// Cuts a node's power.
    pub fn cut(&mut self, node: &NodeName) {
        self.switch_off(node);
        self.look();
    }

    /// Switches a node on. One that is on is not changed.
    pub fn switch_on(&mut self, node: &NodeName) {
        let Some(own) = self.state.nodes.get_mut(node) else { return };
        if own.life != Life::Off {
            return;
        }
        own.life = Life::Booting;
        let (after, lives) = (self.state.dice.about(BOOT), self.lives(node));
        self.plan(after, Happening::Booted { node: node.clone(), lives });
    }

    /// Shuts a node down in order: it is off when [`Cluster::life`] reports it.
    fn shut_down(&mut self, node: &NodeName) {
        let Some(own) = self.state.nodes.get_mut(node).filter(|own| own.life == Life::On) else {
            return self.switch_off(node);
        };
        own.life = Life::Stopping;
        let groups = self.layout.groups.iter().filter(|(_, group)| group.members.contains(node));
        let own: Vec<(AddressName, Duration)> =
            groups.map(|(address, group)| (address.clone(), group.stop_time())).collect();
        let mut longest = Duration::ZERO;
        for (address, stop_time) in own {
            if self.role(&address, node) == super::Role::Standby {
                self.leave(&address, node);
            } else {
                self.release(&address, node);
                longest = longest.max(stop_time);
            }
        }
        let after = longest + self.state.dice.about(HALT);
        self.plan(after, Happening::Off { node: node.clone(), lives: self.lives(node) });
    }

    /// A fault takes effect.
    pub fn inject(&mut self, injection: &Injection) {
        let node = &injection.node;
        self.state.injections.insert(injection.id.clone(), injection.clone());
        match &injection.mechanism {
            Mechanism::PowerOff | Mechanism::Crash => self.switch_off(node),
            Mechanism::ShutDown => self.shut_down(node),
            Mechanism::Freeze { .. } => self.freeze(node),
            Mechanism::Script(_) => self.script(injection),
            _ => {}
        }
        self.look();
    }

    fn freeze(&mut self, node: &NodeName) {
        let now = self.state.now;
        if let Some(own) = self.state.nodes.get_mut(node).filter(|own| own.life == Life::On) {
            (own.life, own.frozen_at) = (Life::Frozen, Some(now));
        }
    }

    fn thaw(&mut self, node: &NodeName, clock: PauseClock) {
        let now = self.state.now;
        let Some(own) = self.state.nodes.get_mut(node).filter(|own| own.life == Life::Frozen) else { return };
        let stood = own.frozen_at.take().map(|at| now.saturating_sub(at)).unwrap_or_default();
        own.life = Life::On;
        if clock == PauseClock::Frozen {
            own.behind += stood;
        }
    }

    /// The unit of a service that a fault hits, and the effect on it.
    fn hit(&self, injection: &Injection) -> Option<(String, Trouble, bool)> {
        let (fault, node) = (&injection.fault, &injection.node);
        let trouble = match fault.word() {
            "service-kill" | "service-stop" | "cluster-kill" => Trouble::Gone,
            "service-hang" | "cluster-hang" => Trouble::Hangs,
            _ => return None,
        };
        let unit = match fault.text("service") {
            Some(service) => self.layout.unit(node, service),
            None => self.layout.manager_unit(node),
        };
        let restarts = fault.value("restart") == Some(&Value::Flag(true));
        Some((unit?.to_owned(), trouble, restarts))
    }

    fn script(&mut self, injection: &Injection) {
        let node = &injection.node;
        if let Some((unit, trouble, restarts)) = self.hit(injection) {
            if let Some(own) = self.state.nodes.get_mut(node) {
                own.broken.insert(unit.clone(), trouble);
            }
            if restarts {
                let (after, lives) = (self.state.dice.about(RESTART), self.lives(node));
                self.plan(after, Happening::Restarted { node: node.clone(), unit, lives });
            }
            return;
        }
        if let Some(by) = jump(&injection.fault)
            && let Some(own) = self.state.nodes.get_mut(node)
        {
            own.behind += by;
        }
        if injection.fault.word() == SPLIT_BRAIN {
            for group in self.state.groups.values_mut().filter(|own| own.members.contains_key(node)) {
                (group.mirror.connected, group.mirror.split) = (false, true);
            }
        }
    }

    /// A unit of a node runs again.
    pub(super) fn mend(&mut self, node: &NodeName, unit: &str) {
        if let Some(own) = self.state.nodes.get_mut(node) {
            own.broken.remove(unit);
        }
    }

    /// A fault is healed. One that takes a node's power is healed by switching the node on.
    pub fn heal(&mut self, injection: &Injection) {
        self.state.injections.remove(&injection.id);
        let node = &injection.node;
        match &injection.mechanism {
            Mechanism::PowerOff | Mechanism::ShutDown | Mechanism::Crash => self.switch_on(node),
            Mechanism::Freeze { clock } => self.thaw(node, *clock),
            Mechanism::Script(_) => {
                if let Some((unit, ..)) = self.hit(injection) {
                    self.mend(node, &unit);
                }
                if let Some(by) = jump(&injection.fault)
                    && let Some(own) = self.state.nodes.get_mut(node)
                {
                    own.behind = own.behind.saturating_sub(by);
                }
                if injection.fault.word() == SPLIT_BRAIN {
                    self.reconcile(node);
                }
            }
            _ => {}
        }
        self.look();
    }

    /// Both sides of a mirror take the data of the primary.
    fn reconcile(&mut self, node: &NodeName) {
        for group in self.state.groups.values_mut().filter(|own| own.members.contains_key(node)) {
            let now = self.state.now;
            let mirror = &mut group.mirror;
            (mirror.split, mirror.parted_at) = (false, Some(now));
            mirror.apart.retain(|side| mirror.primary.contains(side));
        }
    }

    /// Brings the cluster to the present state of a host that was changed in the meantime: which nodes have
    /// power, which are paused, and which faults are in force.
    pub fn follow(&mut self, power: &dyn Fn(&NodeName) -> bool, injections: &[Injection]) {
        let known: Vec<InjectionId> = self.state.injections.keys().cloned().collect();
        for id in known.iter().filter(|id| !injections.iter().any(|own| own.id == **id)) {
            if let Some(gone) = self.state.injections.get(id).cloned() {
                self.heal(&gone);
            }
        }
        for new in injections.iter().filter(|own| !known.contains(&own.id)) {
            self.inject(new);
        }
        let nodes: Vec<NodeName> = self.state.nodes.keys().cloned().collect();
        for node in nodes {
            let off = matches!(self.life(&node), Some(Life::Off));
            match (power(&node), off) {
                (true, true) => self.switch_on(&node),
                (false, false) if self.life(&node) != Some(Life::Stopping) => self.cut(&node),
                _ => {}
            }
        }
        self.settle();
    }

    /// Whether a node has no power.
    pub fn is_off(&self, node: &NodeName) -> bool {
        self.life(node) == Some(Life::Off)
    }
}

impl Word {
    /// The node that shows the fault.
    pub fn node(&self) -> &NodeName {
        match self {
            Word::Log(node, _)
            | Word::Drbd(node, _)
            | Word::Announced(_, node)
            | Word::Up(node)
            | Word::Down(node) => node,
        }
    }
}
