//! All functions of `lab` as a library: the command line, tests and other programs use the application
//! through this module.
//!
//! A [`Request`] is a plain struct, its outcome is a plain struct, and an [`AppError`] is plain data. While
//! an operation runs it emits numbered [`Event`]s, and it can be cancelled by its [`Cancel`]. Neither this
//! module nor those below it print, or read the terminal, the environment or the process's arguments.
//!
//! ```text
//! Request ──Halab::run──▶ Job (state, events, cancel) ──▶ the modules below
//!                          └──▶ Event… (listener, operations/<id>/events.jsonl), outcome or AppError
//! ```

pub mod ansible;
mod apply_plan;
mod baseline;
mod bring_up;
mod cancel;
pub mod check;
pub mod checkpoint;
pub mod choices;
pub mod class;
mod client;
mod connect;
pub mod console;
mod copies;
pub mod course;
pub mod cp;
pub mod df;
pub mod doctor;
mod down;
pub mod drill;
mod env;
mod error;
mod event;
pub mod exec;
pub mod exercise;
mod explain;
pub mod fault;
mod faults;
mod fetch;
pub mod forward;
pub mod gc;
pub mod graph;
pub mod history;
pub mod image;
mod install;
mod instances;
mod job;
mod lab;
mod list;
mod locked;
pub mod logs;
mod network;
mod new_lab;
mod new_stack;
pub mod node;
mod notes;
pub mod pipe;
mod plan_only;
mod provider;
mod reach;
mod render;
mod request;
mod reserve;
mod reset;
pub(crate) mod roster;
mod schema;
pub mod simulated;
pub mod ssh_config;
pub mod stack;
pub(crate) mod status;
pub mod sync;
pub mod take_over;
mod terminal;
mod up;
mod usage;
mod wanted;
pub mod wire;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use crate::apply::Event as PlanEvent;
pub use crate::drill::Pace;
pub use crate::instance::ProviderKind;
pub use crate::plan::{Plan, PlanStep, StepId};
pub use crate::provider::SimFault;
use crate::state::Trouble;
pub use crate::state::{DEFAULT_STATE, STATE_VARIABLE, StateDir};
pub use crate::work::Progress;
pub use bring_up::How;
pub use cancel::Cancel;
pub use check::Check;
pub use client::{Client, ClientRan};
pub use connect::Connect;
pub use copies::Copies;
pub use down::{Down, IsDown};
pub use env::{Env, Tools};
pub use error::{AppError, Detail, ErrorKind};
pub use event::{Descriptor, Event, Level, Listener, Raw, What, read_events};
pub use exec::Exec;
pub use fetch::{Fetch, Fetched};
pub use install::{Install, Installed, Uninstall};
pub use instances::Each;
pub use job::Job;
pub use lab::of_current_folder;
pub use list::{BundledLab, List, ListBundled, Listed};
pub use new_lab::NewLab;
pub use new_stack::NewStack;
pub use notes::{ShowNotes, WriteNotes};
pub use plan_only::{PlanOnly, Planned};
pub use render::{Render, Rendered};
pub use request::{AnyOutcome, AnyRequest, Request, Subject, Wired};
pub use reset::{Reset, WasReset};
pub use schema::{FileKind, Schema};
pub use status::{AddressStatus, CheckStatus, FaultStatus, GetStatus, NodeStatus, Status, Watch};
pub use terminal::{Terminal, TerminalEnded, TerminalKind};
pub use up::{CopyUp, IsUp, Up, UpCopies, UpHow};
pub use usage::size;
pub use wanted::Wish as LabWish;

use event::EventLog;

/// Writes texts into a folder, which is created if it does not exist.
///
/// # Errors
/// When one cannot be written.
pub fn write_files(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), AppError> {
    fs_err::create_dir_all(folder)
        .and_then(|()| files.iter().try_for_each(|(name, text)| fs_err::write(folder.join(name), text)))
        .map_err(|error| AppError::failed("the files cannot be written").because(error))
}

/// Writes a text about persons, or with secrets, for the user for whom the application works: no other user
/// may read it.
///
/// # Errors
/// When it cannot be written.
pub fn write_private(halab: &Halab, file: &Path, text: &str) -> Result<(), AppError> {
    let written = crate::base::write::atomically(file, text.as_bytes());
    let given = written.and_then(|()| {
        let own = rustix::process::geteuid().as_raw();
        if own == halab.caller { Ok(()) } else { std::os::unix::fs::lchown(file, Some(halab.caller), None) }
    });
    given.map_err(|error| AppError::failed(format!("`{}` cannot be written", file.display())).because(error))
}

/// The version of the outcomes in JSON. It grows when a field changes its meaning or is removed.
pub const VERSION: u32 = 1;

/// The application on one state folder.
#[derive(Debug, Clone)]
pub struct Halab {
    /// The state folder.
    pub state: StateDir,
    /// Where the guests of new instances run.
    pub provider: ProviderKind,
    /// The failures of a simulated host, for tests.
    pub faults: Vec<SimFault>,
    /// The speed of simulated drills.
    pub pace: Pace,
    /// The caller, for the history: a user's name, or that of a user interface.
    pub who: String,
    /// The default lab of requests that name none: that of the caller's folder, if there is one.
    pub here: Option<String>,
    /// The user for whom it works, by number. Labs that are brought up belong to this user or to root.
    pub caller: u32,
}

impl Halab {
    /// The application on this state folder, with real guests.
    pub fn at(state: impl Into<PathBuf>) -> Self {
        let state = StateDir::at(state);
        let (provider, pace) = (ProviderKind::default(), Pace::Virtual);
        let caller = rustix::process::geteuid().as_raw();
        Self { state, provider, faults: Vec::new(), pace, who: String::new(), here: None, caller }
    }

    /// The same, with simulated guests.
    pub fn simulated(self) -> Self {
        Self { provider: ProviderKind::Sim, ..self }
    }

    /// Performs a request, and returns when it has ended. The listener receives every event as it happens.
    ///
    /// # Errors
    /// When the request fails, or is cancelled.
    pub fn run<R: Request>(
        &self,
        request: &R,
        cancel: &Cancel,
        listener: Listener,
    ) -> Result<R::Outcome, AppError> {
        self.run_told(request, cancel, listener, |_| {})
    }

    /// The same. `began` is called with the id of the operation as soon as it has an entry in the history.
    ///
    /// # Errors
    /// As [`Self::run`].
    fn run_told<R: Request>(
        &self,
        request: &R,
        cancel: &Cancel,
        listener: Listener,
        began: impl FnOnce(&str),
    ) -> Result<R::Outcome, AppError> {
        self.check_state()?;
        if R::GROWS {
            reserve::check(&self.state)?;
        }
        let Some(subject) = request.changes() else {
            let job = Job::new(self, Arc::new(EventLog::unkept(listener)), cancel.clone());
            return request.perform(&job);
        };
        match history::begin(self, request, subject) {
            Ok(begun) => {
                began(begun.id());
                begun.perform(self, request, cancel, listener)
            }
            // The request is performed even if the history cannot be written.
            Err(error) => history::unrecorded(self, request, &error, cancel, listener),
        }
    }

    /// Refuses an invalid state folder, before any other error is reported.
    ///
    /// # Errors
    /// When it is a file, belongs to another user, or others can write into it.
    pub fn check_state(&self) -> Result<(), AppError> {
        match self.state.trouble() {
            None => Ok(()),
            Some(Trouble { what, mend }) => Err(AppError::usage(what)
                .hint(format!(
                    "name a folder with `--state DIR` or {STATE_VARIABLE}; it is made if it is not there"
                ))
                .maybe_hint(mend)),
        }
    }

    /// A job without a request: to choose an instance or complete a word.
    pub fn quiet_job(&self) -> Job {
        Job::new(self, Arc::new(EventLog::unkept(Box::new(|_| {}))), Cancel::default())
    }
}
