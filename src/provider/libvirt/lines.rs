//! Open lines of nodes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::guest::line::Line;
use crate::guest::{Limits, SshError, Turn};
use crate::model::NodeName;

/// The line of a node, as long as it is in use, possibly by several users at the same time.
type Place = Turn<Weak<Line>>;

/// The lines of an instance.
#[derive(Default)]
pub(super) struct Lines(Mutex<BTreeMap<NodeName, Arc<Place>>>);

impl Lines {
    fn place(&self, node: &NodeName) -> Arc<Place> {
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(node.clone()).or_default())
    }

    /// Drops a node's line, because its machine is about to be removed. One in use ends with its connection.
    pub(super) fn forget(&self, node: &NodeName) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(node);
    }

    /// A node's line, opened if it is not in use yet; none if no program listens at its other end.
    pub(super) fn line(
        &self,
        node: &NodeName,
        socket: &Path,
        limits: Limits<'_>,
    ) -> Result<Option<Arc<Line>>, SshError> {
        let place = self.place(node);
        let mut open = place.take(limits)?;
        if let Some(line) = open.upgrade()
            && !line.is_broken()
        {
            return Ok(Some(line));
        }
        let line = Line::open(socket, limits)?.map(Arc::new);
        *open = line.as_ref().map(Arc::downgrade).unwrap_or_default();
        Ok(line)
    }
}
