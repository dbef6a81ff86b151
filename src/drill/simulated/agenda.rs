//! What is due when.

use std::collections::BTreeMap;

use super::requests::Pending;
use crate::model::{AddressName, NodeName};
use crate::record::{Event, Nanos};

/// Something that is done when its time has come.
#[derive(Debug)]
pub enum Task {
    /// It is asked on the wire who holds an address.
    Ask(AddressName),
    /// The answers to the oldest question have been collected.
    Close,
    /// The streams of a node are opened.
    Open(NodeName),
    /// Something is told, with the time at which it is.
    Tell(Box<Event>),
    /// The next request of a generator is due.
    Due(usize),
    /// It is known what became of a request of a generator.
    Answered(usize, Box<Pending>),
    /// Planted: a node that is on is taken for dead.
    Mistake,
    /// Planted: two nodes answer for an address.
    Double,
}

/// A list of tasks, each done once, those of one moment in the order in which they were put on it.
#[derive(Debug, Default)]
pub struct Agenda {
    tasks: BTreeMap<(Nanos, u64), Task>,
    number: u64,
}

impl Agenda {
    /// Puts a task on the list.
    pub fn put(&mut self, at: Nanos, task: Task) {
        self.number += 1;
        self.tasks.insert((at, self.number), task);
    }

    /// When the next is due.
    pub fn next(&self) -> Option<Nanos> {
        self.tasks.keys().next().map(|(at, _)| *at)
    }

    /// Takes the next, if it is due by then.
    pub fn take(&mut self, by: Nanos) -> Option<Task> {
        let entry = self.tasks.first_entry().filter(|entry| entry.key().0 <= by)?;
        Some(entry.remove())
    }
}
