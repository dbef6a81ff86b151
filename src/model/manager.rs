//! The cluster manager of a virtual address, derived from the lab's parameters.

use super::{AddressName, Duty, Lab, Millis, NodeName, StackUse, Value};

/// The cluster manager of a virtual address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manager {
    /// The nodes that can hold the address, the preferred one first.
    pub members: Vec<NodeName>,
    /// Whether the address fails back to the preferred node automatically.
    pub fails_back: bool,
    /// How it detects a dead node.
    pub liveness: Liveness,
}

/// How the nodes of a cluster detect a dead node, with the settings of the lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Liveness {
    /// Heartbeat: every node sends signs of life to every other.
    Heartbeat {
        /// The time between two signs of life.
        keepalive: Millis,
        /// How long a peer may be silent before it counts as dead.
        deadtime: Millis,
    },
    /// VRRP version 3: only the holder of the address advertises itself.
    Vrrp {
        /// The time between two advertisements.
        advert: Millis,
        /// The priority of every node, if the lab sets one; otherwise it follows from their order.
        priority: Option<u64>,
    },
    /// UCARP: only the holder of the address advertises itself.
    Ucarp {
        /// `advbase`: whole seconds between two advertisements.
        base: u64,
        /// `advskew` of the first node, in 256ths of a second.
        skew: u64,
        /// `advskew` of each other node.
        backup_skew: u64,
        /// How many times `base` the holder may be silent.
        ratio: u64,
    },
    /// Corosync: the nodes pass a token on; a node that does not is excluded from the next membership.
    Corosync {
        /// The token time-out in a cluster of two.
        token: Millis,
        /// The additional time-out for each node above two.
        coefficient: Millis,
    },
}

impl Manager {
    /// The manager of an address; `None` if no stack with a known protocol moves it.
    pub fn of(lab: &Lab, address: &AddressName) -> Option<Self> {
        let its = |value: &Value| matches!(value, Value::Address(name) if name == address);
        let moves = |stack: &&StackUse| stack.params.values().any(its);
        lab.stacks.iter().filter(moves).find_map(Self::from_stack)
    }

    fn from_stack(stack: &StackUse) -> Option<Self> {
        let span = |name: &str| match stack.params.get(name) {
            Some(Value::Milliseconds(span)) => Some(Millis(*span)),
            _ => None,
        };
        let number = |name: &str| match stack.params.get(name) {
            Some(Value::Integer(number)) => u64::try_from(*number).ok(),
            _ => None,
        };
        let liveness = if stack.does(Duty::Heartbeat) {
            Liveness::Heartbeat { keepalive: span("keepalive")?, deadtime: span("deadtime")? }
        } else if stack.does(Duty::Vrrp) {
            let priority = number("priority").filter(|priority| *priority > 0);
            Liveness::Vrrp { advert: span("advert")?, priority }
        } else if stack.does(Duty::Carp) {
            Liveness::Ucarp {
                base: number("advbase")?,
                skew: number("advskew")?,
                backup_skew: number("backup-advskew")?,
                ratio: number("deadratio")?,
            }
        } else if stack.does(Duty::Corosync) {
            Liveness::Corosync { token: span("token")?, coefficient: span("token-coefficient")? }
        } else {
            return None;
        };
        stack.on.first()?;
        Some(Self {
            members: stack.on.clone(),
            // Of equal nodes none takes the address from another.
            fails_back: matches!(stack.params.get("auto-failback"), Some(Value::Boolean(true)))
                && !matches!(liveness, Liveness::Vrrp { priority: Some(_), .. }),
            liveness,
        })
    }

    /// The preferred node of the address.
    ///
    /// # Panics
    /// If there are no members; [`Manager::of`] always has some.
    pub fn preferred(&self) -> &NodeName {
        self.members.first().expect("an address has nodes that can hold it")
    }

    /// The position of a node in the takeover order, from 0.
    pub fn place(&self, node: &NodeName) -> Option<usize> {
        self.members.iter().position(|member| member == node)
    }
}

/// Whether a node of the lab releases its address when one of its services does not answer. Heartbeat with
/// haresources and UCARP monitor nodes only.
pub fn watches_services(lab: &Lab) -> bool {
    let asks = |stack: &StackUse| match (stack.params.get("check"), stack.params.get("check-services")) {
        (_, Some(Value::Boolean(true))) => true,
        (Some(Value::Text(page)), _) => !page.is_empty(),
        _ => false,
    };
    lab.stacks.iter().any(|stack| stack.does(Duty::Vrrp) && asks(stack))
}

/// The VRRP priority of the node at `place` (from 0), as the stack `keepalived` assigns it to two to four
/// nodes: this one, if the lab sets one for all.
pub fn vrrp_priority(set: Option<u64>, place: usize, members: usize) -> u64 {
    if let Some(priority) = set {
        return priority;
    }
    match place {
        0 => 240,
        1 => 220,
        _ if place + 1 < members => 171,
        _ => 122,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_next_node_has_a_lower_priority() {
        let priorities =
            |members| (0..members).map(|place| vrrp_priority(None, place, members)).collect::<Vec<_>>();
        assert_eq!(priorities(2), [240, 220]);
        assert_eq!(priorities(3), [240, 220, 122]);
        assert_eq!(priorities(4), [240, 220, 171, 122]);
        assert_eq!(vrrp_priority(Some(100), 0, 2), 100);
    }
}
