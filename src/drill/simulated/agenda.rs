//! The queue of tasks by time.

use std::collections::BTreeMap;

use super::requests::Pending;
use crate::model::{AddressName, NodeName};
use crate::record::{Event, Nanos};

/// A task that is due at a time.
#[derive(Debug)]
pub enum Task {
    /// Query the holder of an address on the wire.
    Ask(AddressName),
    /// Close the oldest query, whose answers have been collected.
    Close,
    /// Open the streams of a node.
    Open(NodeName),
    /// Report an event with its time.
    Tell(Box<Event>),
    /// Send the next request of a generator.
    Due(usize),
    /// Record the outcome of a request of a generator.
    Answered(usize, Box<Pending>),
    /// Planted: a running node is declared dead.
    Mistake,
    /// Planted: two nodes answer for an address.
    Double,
}

/// A queue of tasks. Tasks of one moment keep the order in which they were added.
#[derive(Debug, Default)]
pub struct Agenda {
    tasks: BTreeMap<(Nanos, u64), Task>,
    number: u64,
}

impl Agenda {
    /// Adds a task.
    pub fn put(&mut self, at: Nanos, task: Task) {
        self.number += 1;
        self.tasks.insert((at, self.number), task);
    }

    /// When the next task is due.
    pub fn next(&self) -> Option<Nanos> {
        self.tasks.keys().next().map(|(at, _)| *at)
    }

    /// Takes the next task, if it is due by then.
    pub fn take(&mut self, by: Nanos) -> Option<Task> {
        let entry = self.tasks.first_entry().filter(|entry| entry.key().0 <= by)?;
        Some(entry.remove())
    }
}
