//! Who moves a virtual address, as far as the lab's parameters tell.

use super::{AddressName, Lab, Millis, NodeName, StackUse, Value};

/// The stack of the catalogue that this is known of.
const HEARTBEAT: &str = "heartbeat";

/// The cluster manager of a virtual address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manager {
    /// The node that the address is to be on when all are well.
    pub preferred: NodeName,
    /// Whether the address goes back there by itself.
    pub fails_back: bool,
    /// The time between two signs of life.
    pub keepalive: Millis,
    /// How long a peer may be silent before it counts as dead.
    pub deadtime: Millis,
}

impl Manager {
    /// The manager of an address; none if no stack that is known here moves it.
    pub fn of(lab: &Lab, address: &AddressName) -> Option<Self> {
        let moves = |stack: &&StackUse| {
            let its = |value: &Value| matches!(value, Value::Address(name) if name == address);
            stack.uses == HEARTBEAT && stack.params.values().any(its)
        };
        let stack = lab.stacks.iter().find(moves)?;
        let span = |name: &str| match stack.params.get(name) {
            Some(Value::Milliseconds(span)) => Some(Millis(*span)),
            _ => None,
        };
        Some(Self {
            preferred: stack.on.first()?.clone(),
            fails_back: matches!(stack.params.get("auto-failback"), Some(Value::Boolean(true))),
            keepalive: span("keepalive")?,
            deadtime: span("deadtime")?,
        })
    }
}
