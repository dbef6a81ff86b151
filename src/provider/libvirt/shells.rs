//! Open shells, one for each node: a handshake with an emulated guest takes a second, a command a tenth.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::guest::{Limits, Session, SshError, Target};
use crate::model::NodeName;

/// A place for a node's session; whoever holds its lock uses it alone.
type Slot = Arc<Mutex<Option<Session>>>;

/// The shells of an instance.
#[derive(Default)]
pub(super) struct Shells(Mutex<BTreeMap<NodeName, Slot>>);

impl Shells {
    fn slot(&self, node: &NodeName) -> Slot {
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(node.clone()).or_default())
    }

    /// Forgets a node's session, because its machine is about to go. A session in use ends with its connection.
    pub(super) fn forget(&self, node: &NodeName) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(node);
    }

    /// Uses a node's session, opening it when there is none.
    pub(super) fn with<T>(
        &self,
        node: &NodeName,
        target: &Target,
        limits: Limits<'_>,
        use_it: impl FnOnce(&mut Session) -> Result<T, SshError>,
    ) -> Result<T, SshError> {
        let slot = self.slot(node);
        let mut place = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let session = match place.as_mut() {
            Some(session) => session,
            None => place.insert(Session::open(target, limits)?),
        };
        let result = use_it(session);
        if result.is_err() {
            // What is left of a broken exchange must not be read by the next.
            *place = None;
        }
        result
    }
}
