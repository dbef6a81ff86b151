//! Open shells, one for each node: a handshake with an emulated guest takes a second, a command a tenth.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::guest::{Limits, Output, Session, SshError, Target, line};
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

    /// Runs a script in the quickest way: in the session if one is open, else on the node's line if it has one and the script is
    /// short, else in a new session.
    pub(super) fn run_briefly(
        &self,
        node: &NodeName,
        target: &Target,
        line: Option<&Path>,
        script: &str,
        limits: Limits<'_>,
    ) -> Result<Output, SshError> {
        let slot = self.slot(node);
        let place = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let (None, Some(line)) = (place.as_ref(), line)
            && script.len() <= line::LONGEST_SCRIPT
            && let Some(output) = line::run(line, script, limits)?
        {
            return Ok(output);
        }
        drop(place);
        self.with(node, target, limits, |shell| shell.run(script, limits))
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
