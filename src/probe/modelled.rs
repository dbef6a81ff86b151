//! Clients on a model of a cluster, for kinds whose requests depend on each other: calls that are up,
//! accounts that are logged in. Pure.

use std::fmt::Debug;

use crate::model::NodeName;
use crate::model::drill::Load;
use crate::record::{Answer, Nanos, What};

/// The clients of a load on a model of a cluster.
pub trait Modelled: Debug {
    /// The result of a request or packet that is due and is sent now.
    fn turn(&mut self, load: &Load, due: &Due, reached: Option<&Reached>) -> Became;

    /// The remaining facts at the end. Nothing more is due by then.
    fn end(&mut self, _load: &Load, _next: u64, _next_due: Nanos) -> Vec<What> {
        Vec::new()
    }
}

/// A request or packet of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Its index in the load, from 0.
    pub seq: u64,
    /// When it was due.
    pub due: Nanos,
    /// When the next is due.
    pub next_due: Nanos,
    /// The current time; later than due if the generator was held up.
    pub now: Nanos,
}

/// An answer in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Its delay.
    pub after: Nanos,
    /// The node that answers, and its boot number.
    pub node: (NodeName, u32),
}

/// The result of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Became {
    /// The facts to report now.
    pub told: Vec<What>,
    /// For a request: when its outcome is known, and the outcome. A good one arrives only if the answering
    /// node is still alive by then.
    pub request: Option<(Nanos, Answer)>,
}
