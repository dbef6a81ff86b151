//! Applies a plan: steps on threads, each starting as soon as the steps that it needs are done.
//!
//! The inputs are a plan and a provider; the engine emits events and ends with a [`Summary`] or an
//! [`ApplyError`]. The journal is written before each effect, and shows after a crash which steps were in
//! progress.

mod engine;
mod event;
mod journal;
mod lock;
mod outcome;
mod schedule;

use std::sync::atomic::AtomicBool;

pub use engine::run;
pub use event::Event;
pub use journal::{PlanJournal, RunHeader, interrupted};
pub use lock::{Holder, InstanceLock, LockError, holder};
pub use outcome::{Aftermath, ApplyError, StepFailure, Summary, UndoFailure};

/// The default number of concurrent steps. Most of them wait for a guest, so it far exceeds the number of
/// processors.
pub const DEFAULT_WORKERS: usize = 16;

/// Options for applying a plan.
pub struct Options<'a> {
    /// The number of concurrent steps; at least 1.
    pub workers: usize,
    /// Whether to keep the created objects when a run fails on a fresh lab.
    pub keep: bool,
    /// Set to cancel the run: no more steps are started, and the running ones are cancelled.
    pub cancel: &'a AtomicBool,
    /// The journal that records each step before and after.
    pub journal: Option<&'a mut PlanJournal>,
}
