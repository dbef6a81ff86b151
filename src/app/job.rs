//! One operation while it runs: its objects, its listener, and its cancellation.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::Halab;
use super::cancel::Cancel;
use super::error::AppError;
use super::event::{EventLog, Level, What};
use crate::base::folder::Access;
use crate::drill::Pace;
use crate::instance::ProviderKind;
use crate::provider::SimFault;
use crate::state::StateDir;
use crate::work::{Context, Progress};

/// One operation. Copies refer to the same operation.
#[derive(Debug, Clone)]
pub struct Job {
    /// The state folder.
    pub state: StateDir,
    /// Where the guests of new instances run.
    pub provider: ProviderKind,
    /// The failures of a simulated host.
    pub faults: Vec<SimFault>,
    /// The speed of simulated drills.
    pub pace: Pace,
    /// The default lab of requests that name none.
    pub here: Option<String>,
    /// The user for whom the operation works, by number.
    caller: u32,
    events: Arc<EventLog>,
    cancel: Cancel,
    background: bool,
}

impl Job {
    /// An operation of an application.
    pub fn new(halab: &Halab, events: Arc<EventLog>, cancel: Cancel) -> Self {
        let Halab { state, provider, faults, pace, here, caller, .. } = halab.clone();
        Self { state, provider, faults, pace, here, caller, events, cancel, background: false }
    }

    /// The access for files that decide what is done: only those of root and of the caller.
    pub fn trusted(&self) -> Access {
        Access::Trusted(self.caller)
    }

    /// The same operation, whose events are marked as details.
    pub fn in_background(&self) -> Self {
        Self { background: true, ..self.clone() }
    }

    /// The same operation without events: for work that was reported already.
    pub fn silent(&self) -> Self {
        Self { events: Arc::new(EventLog::unkept(Box::new(|_| {}))), ..self.clone() }
    }

    /// The same operation; its events are details when it works on several instances.
    pub fn among(&self, instances: usize) -> Self {
        if instances > 1 { self.in_background() } else { self.clone() }
    }

    /// The same operation, of which the rest is performed even if it is cancelled: for cleaning up.
    pub fn uncancelled(&self) -> Self {
        Self { cancel: Cancel::default(), ..self.clone() }
    }

    /// The same operation, with another cancellation.
    pub fn cancelled_by(&self, cancel: &Cancel) -> Self {
        Self { cancel: cancel.clone(), ..self.clone() }
    }

    /// Emits an event.
    pub fn emit(&self, what: What) {
        self.events.emit(self.background, what);
    }

    fn note(&self, level: Level, text: impl ToString) {
        self.emit(What::Note { level, text: text.to_string() });
    }

    /// Reports information for a person.
    pub fn say(&self, text: impl ToString) {
        self.note(Level::Info, text);
    }

    /// Reports an explanation.
    pub fn explain(&self, text: impl ToString) {
        self.note(Level::Detail, text);
    }

    /// Reports a warning.
    pub fn warn(&self, text: impl ToString) {
        self.note(Level::Warning, text);
    }

    /// Reports a failure after which the operation continues.
    pub fn problem(&self, error: &AppError) {
        self.emit(What::Problem { error: error.clone() });
    }

    /// Reports what is left behind if the process is ended at once from now on.
    pub fn at_risk(&self, left: impl Into<String>) {
        self.emit(What::AtRisk { left: left.into() });
    }

    /// Whether the operation was cancelled.
    pub fn asked_to_stop(&self) -> bool {
        self.cancel.asked()
    }

    /// What becomes readable when the operation is cancelled.
    ///
    /// # Errors
    /// When the system has no descriptor left.
    pub fn cancel_bell(&self) -> std::io::Result<std::os::fd::BorrowedFd<'_>> {
        self.cancel.bell()
    }

    /// The flag that the modules below check.
    pub fn cancel(&self) -> &AtomicBool {
        self.cancel.flag()
    }

    /// Does a long task and reports its progress.
    ///
    /// # Errors
    /// Those of the work.
    pub fn long_work<T, E: Into<AppError>>(
        &self,
        title: &str,
        work: impl FnOnce(&Context<'_>) -> Result<T, E>,
    ) -> Result<T, AppError> {
        let tell = |progress: Option<Progress>| self.emit(What::Work { title: title.to_owned(), progress });
        tell(None);
        let progress = |progress| tell(Some(progress));
        let result = work(&Context { progress: &progress, cancel: self.cancel() });
        self.emit(What::WorkEnded { title: title.to_owned() });
        result.map_err(Into::into)
    }
}
