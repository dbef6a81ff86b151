//! Open sessions and lines of nodes: a handshake with an emulated guest takes a second, a command a tenth of
//! that.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::guest::line::{self, Line};
use crate::guest::{Limits, Output, SshError, SshSession, Target, Turn};
use crate::model::NodeName;

/// The open connections to a node.
#[derive(Default)]
struct Place {
    /// The session, if it is open.
    session: Turn<Option<SshSession>>,
    /// The line, as long as it is in use, possibly by several users at the same time.
    line: Turn<Weak<Line>>,
}

/// The shells of an instance.
#[derive(Default)]
pub(super) struct Shells(Mutex<BTreeMap<NodeName, Arc<Place>>>);

impl Shells {
    fn place(&self, node: &NodeName) -> Arc<Place> {
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(node.clone()).or_default())
    }

    /// Drops a node's session and line, because its machine is about to be removed. One in use ends with its
    /// connection.
    pub(super) fn forget(&self, node: &NodeName) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(node);
    }

    /// Runs a script over the fastest connection: the session if it is open and free, else the node's line if
    /// there is one and the script is short, else a new session.
    pub(super) fn run_briefly(
        &self,
        node: &NodeName,
        target: &Target,
        line: Option<&Path>,
        script: &str,
        limits: Limits<'_>,
    ) -> Result<Output, SshError> {
        let idle = |place: &Place| place.session.try_take().is_some_and(|session| session.is_some());
        if let Some(socket) = line
            && script.len() <= line::LONGEST_SCRIPT
            && !idle(&self.place(node))
            && let Some(line) = self.line(node, socket, limits)?
        {
            return line.run(script, limits);
        }
        self.with(node, target, limits, |shell| shell.run(script, limits))
    }

    /// A node's line, opened if it is not in use yet; none if no program listens at its other end.
    pub(super) fn line(
        &self,
        node: &NodeName,
        socket: &Path,
        limits: Limits<'_>,
    ) -> Result<Option<Arc<Line>>, SshError> {
        let place = self.place(node);
        let mut open = place.line.take(limits)?;
        if let Some(line) = open.upgrade()
            && !line.is_broken()
        {
            return Ok(Some(line));
        }
        let line = Line::open(socket, limits)?.map(Arc::new);
        *open = line.as_ref().map(Arc::downgrade).unwrap_or_default();
        Ok(line)
    }

    /// Uses a node's session, opening it if there is none.
    pub(super) fn with<T>(
        &self,
        node: &NodeName,
        target: &Target,
        limits: Limits<'_>,
        use_it: impl FnOnce(&mut SshSession) -> Result<T, SshError>,
    ) -> Result<T, SshError> {
        let place = self.place(node);
        let mut open = place.session.take(limits)?;
        let session = match open.as_mut() {
            Some(session) => session,
            None => open.insert(SshSession::open(target, limits)?),
        };
        let result = use_it(session);
        if result.is_err() {
            // Remains of a broken exchange must not be read by the next one.
            *open = None;
        }
        result
    }
}
