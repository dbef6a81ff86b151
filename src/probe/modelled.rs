//! How clients fare on a model of a cluster, where requests of one kind depend on each other: calls that are
//! up, accounts that are logged in. Pure.

use std::fmt::Debug;

use crate::model::NodeName;
use crate::model::drill::Load;
use crate::record::{Answer, Nanos, What};

/// The clients of a load on a model of a cluster.
pub trait Modelled: Debug {
    /// What becomes of a request or packet that is due, and is sent now.
    fn turn(&mut self, load: &Load, due: &Due, reached: Option<&Reached>) -> Became;

    /// What is left to be told at the end. Nothing more is due until then.
    fn end(&mut self, _load: &Load, _next: u64, _next_due: Nanos) -> Vec<What> {
        Vec::new()
    }
}

/// A request or packet of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Its place in the load, from 0.
    pub seq: u64,
    /// When it was due.
    pub due: Nanos,
    /// When the next is due.
    pub next_due: Nanos,
    /// The time now; later than due when the generator was held up.
    pub now: Nanos,
}

/// What answers in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// After this time.
    pub after: Nanos,
    /// The node that does, and the number of its life.
    pub node: (NodeName, u32),
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Became {
    /// What is told of it now.
    pub told: Vec<What>,
    /// If it is a request: after what time its outcome is known, and which it is. One that is good comes only
    /// if what answers lives until then.
    pub request: Option<(Nanos, Answer)>,
}
