//! Doing a plan: steps on threads, each as soon as what it needs is done.
//!
//! A plan and a provider go in; events come out while it runs, and a [`Summary`] or an [`ApplyError`] at its end.
//! The journal is written before each effect, and says after a crash what was in hand.

mod engine;
mod event;
mod journal;
mod lock;
mod outcome;
mod schedule;

use std::sync::atomic::AtomicBool;

pub use engine::run;
pub use event::Event;
pub use journal::{Header, Journal, interrupted};
pub use lock::{InstanceLock, LockError, holder};
pub use outcome::{Aftermath, ApplyError, StepFailure, Summary, UndoFailure};

/// How many steps run at once when nothing else is said. Most of them wait for a guest, so it is far more than
/// there are processors.
pub const DEFAULT_WORKERS: usize = 16;

/// How a plan is applied.
pub struct Options<'a> {
    /// How many steps run at once; at least 1.
    pub workers: usize,
    /// Whether what a run made is kept when it fails on a fresh lab.
    pub keep: bool,
    /// Set by whoever wants the run to stop: no step is begun after that, and those that run are told.
    pub cancel: &'a AtomicBool,
    /// Where each step is noted before and after.
    pub journal: Option<&'a mut Journal>,
}
