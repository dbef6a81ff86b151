//! The terminals of students that are open.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use super::window::Window;
use crate::app::{Terminal, TerminalKind};
use crate::base::random;
use crate::base::text::hexadecimal;
use crate::model::{InstanceName, NodeName};

/// An open terminal of a student.
pub struct Open {
    /// Its id, which is not used again.
    pub id: String,
    /// The instance.
    pub instance: InstanceName,
    /// The node.
    pub node: NodeName,
    /// What it shows.
    pub kind: TerminalKind,
    /// The student.
    pub who: String,
    /// Since when.
    pub since: Timestamp,
    /// What its threads share.
    pub window: Arc<Window>,
}

/// An open terminal, as a teacher sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    id: String,
    instance: InstanceName,
    node: NodeName,
    kind: TerminalKind,
    who: String,
    since: Timestamp,
    watched: Vec<Watched>,
}

/// One who looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Watched {
    name: String,
    types: bool,
}

/// All terminals of students that are open.
#[derive(Default)]
pub struct Terminals(Mutex<Vec<Arc<Open>>>);

/// A terminal that is listed until this is dropped.
pub struct Listed<'a> {
    all: &'a Terminals,
    /// The terminal.
    pub open: Arc<Open>,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        self.all.all().retain(|one| !Arc::ptr_eq(one, &self.open));
    }
}

impl Terminals {
    fn all(&self) -> MutexGuard<'_, Vec<Arc<Open>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lists a terminal of a student.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn list(
        &self,
        who: &str,
        instance: &InstanceName,
        terminal: &Terminal,
        window: Arc<Window>,
    ) -> std::io::Result<Listed<'_>> {
        let open = Arc::new(Open {
            id: hexadecimal(&random::bytes::<8>()?),
            instance: instance.clone(),
            node: terminal.node.clone(),
            kind: terminal.kind,
            who: who.to_owned(),
            since: Timestamp::now(),
            window,
        });
        self.all().push(open.clone());
        Ok(Listed { all: self, open })
    }

    /// A terminal by its id.
    pub fn find(&self, id: &str) -> Option<Arc<Open>> {
        self.all().iter().find(|open| open.id == id).cloned()
    }

    /// All of them, for a teacher.
    pub fn rows(&self) -> Vec<Row> {
        let watched = |(name, types)| Watched { name, types };
        let row = |open: &Arc<Open>| Row {
            id: open.id.clone(),
            instance: open.instance.clone(),
            node: open.node.clone(),
            kind: open.kind,
            who: open.who.clone(),
            since: open.since,
            watched: open.window.viewers().into_iter().map(watched).collect(),
        };
        self.all().iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_listed_as_long_as_it_is_open() {
        let all = Terminals::default();
        let instance: InstanceName = "ha1-s01".parse().unwrap();
        let node: NodeName = "node1".parse().unwrap();
        let terminal = Terminal { node, instance: Some(instance.clone()), kind: TerminalKind::Shell };
        let window = Arc::new(Window::new().unwrap());
        let listed = all.list("Siti", &instance, &terminal, window.clone()).unwrap();
        let (_here, there) = std::os::unix::net::UnixStream::pair().unwrap();
        window.look("Ann", true, there).unwrap();
        assert!(all.find(&listed.open.id).is_some() && all.find("nothing").is_none());
        let rows = serde_json::to_value(all.rows()).unwrap();
        assert_eq!((&rows[0]["kind"], &rows[0]["who"]), (&"shell".into(), &"Siti".into()));
        assert_eq!(rows[0]["watched"], serde_json::json!([{ "name": "Ann", "types": true }]));
        drop(listed);
        assert!(all.rows().is_empty());
    }
}
