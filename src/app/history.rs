//! The history of operations that change something: who asked for what and when, how long it took, how it
//! ended, and its events.
//!
//! ```text
//! operations/<id>/operation.json   who, what, when, how it ended
//!                 events.jsonl     its events, numbered
//!                 stop             made by another process that asks it to stop
//! ```

mod follow;
mod forget;

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use inotify::{Inotify, WatchMask};
use jiff::Timestamp;
use rustix::event::{PollFd, PollFlags, poll};
use serde::{Deserialize, Serialize};

use super::cancel::Cancel;
use super::error::{AppError, ErrorKind};
use super::event::{EventLog, Listener};
use super::job::Job;
use super::request::{Request, Subject};
use super::{Halab, explain};
use crate::base::process::Process;
use crate::base::{threads, write};
use crate::diagnostic::suggestion;
use crate::instance;
use crate::state::StateDir;

pub use follow::events;
pub(super) use forget::forget;
use forget::prune;

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// Why it failed; none if it succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<AppError>,
}

/// One operation of the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Operation {
    /// Its id: `20261128T191120Z-up`.
    pub id: String,
    /// Who asked for it.
    pub who: String,
    /// What was asked for: `drill run`.
    pub what: String,
    /// What it changes: instances, checkpoints, images; empty for the only instance.
    pub subject: Vec<String>,
    /// The request as data.
    pub request: serde_json::Value,
    /// When it began.
    pub started: Timestamp,
    /// The process that performs it.
    pub process: Process,
    /// How it ended; none while it runs, and forever if its process was killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
}

/// The state of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It runs.
    Running,
    /// It succeeded.
    Done,
    /// It failed.
    Failed,
    /// It was cancelled.
    Stopped,
    /// Its process is gone without having recorded how it ended.
    Killed,
}

impl Operation {
    /// Its present state.
    pub fn standing(&self) -> Standing {
        match &self.ended {
            Some(Ended { error: None, .. }) => Standing::Done,
            Some(Ended { error: Some(error), .. }) if error.kind == ErrorKind::Interrupted => {
                Standing::Stopped
            }
            Some(Ended { error: Some(_), .. }) => Standing::Failed,
            None if self.process.is_alive() => Standing::Running,
            None => Standing::Killed,
        }
    }

    /// How long it took; none while it runs, and if its process was killed.
    pub fn took(&self) -> Option<Duration> {
        let ended = self.ended.as_ref()?;
        Duration::try_from(ended.at.duration_since(self.started)).ok()
    }
}

fn folder_of(state: &StateDir, id: &str) -> PathBuf {
    state.operations().join(id)
}

fn unreadable(error: std::io::Error) -> AppError {
    AppError::failed("the history cannot be read").because(error).maybe_hint(explain::sudo())
}

/// An operation that has its entry in the history, and was not performed yet.
#[derive(Debug)]
pub struct Begun {
    operation: Operation,
}

impl Begun {
    /// The id of the operation.
    pub fn id(&self) -> &str {
        &self.operation.id
    }

    /// Performs the request, and writes down how it ended.
    ///
    /// # Errors
    /// Those of the request.
    pub(super) fn perform<R: Request>(
        self,
        halab: &Halab,
        request: &R,
        cancel: &Cancel,
        listener: Listener,
    ) -> Result<R::Outcome, AppError> {
        let mut operation = self.operation;
        let folder = folder_of(&halab.state, &operation.id);
        let log = EventLog::kept(&folder.join("events.jsonl"), listener)
            .map_err(|error| AppError::failed("the operation's log cannot be made").because(error))?;
        let job = Job::new(halab, Arc::new(log), cancel.clone());
        let result = until_asked_to_stop(&folder, cancel, || request.perform(&job));
        operation.ended = Some(Ended { at: Timestamp::now(), error: result.as_ref().err().cloned() });
        if let Err(error) = save(&folder, &operation) {
            job.warn(format!("the end of this operation is not in the history: {error}"));
        }
        result
    }
}

/// Makes the entry of a request in the history.
///
/// # Errors
/// When the history cannot be written.
pub(super) fn begin<R: Request>(halab: &Halab, request: &R, subject: Subject) -> std::io::Result<Begun> {
    let data = serde_json::to_value(request).unwrap_or_default();
    entry(halab, R::NAME, subject, data).map(|operation| Begun { operation })
}

/// Performs a request whose entry in the history could not be made.
///
/// # Errors
/// Those of the request.
pub(super) fn unrecorded<R: Request>(
    halab: &Halab,
    request: &R,
    why: &std::io::Error,
    cancel: &Cancel,
    listener: Listener,
) -> Result<R::Outcome, AppError> {
    let job = Job::new(halab, Arc::new(EventLog::unkept(listener)), cancel.clone());
    // A user who may not write the state folder gets an error from the request itself.
    if why.kind() != std::io::ErrorKind::PermissionDenied {
        job.warn(format!("this operation is not in the history: {why}"));
    }
    request.perform(&job)
}

/// Gives the operation an id and a folder.
fn entry(
    halab: &Halab,
    what: &str,
    Subject(subject): Subject,
    request: serde_json::Value,
) -> std::io::Result<Operation> {
    let started = Timestamp::now();
    let root = halab.state.operations();
    halab.state.make()?;
    prune(&halab.state)?;
    let base = format!("{}-{}", started.strftime("%Y%m%dT%H%M%SZ"), what.replace(' ', "-"));
    let mut id = base.clone();
    let mut number = 1;
    // Two operations in one second get different numbers.
    while let Err(error) = std::fs::DirBuilder::new().mode(0o700).create(root.join(&id)) {
        if error.kind() != std::io::ErrorKind::AlreadyExists {
            return Err(error);
        }
        number += 1;
        id = format!("{base}-{number}");
    }
    let (who, what) = (halab.who.clone(), what.to_owned());
    let subject = if subject.is_empty() { only_instance(&halab.state) } else { subject };
    let own = i32::try_from(std::process::id()).ok().and_then(Process::of);
    let process = own.ok_or_else(|| std::io::Error::other("/proc does not show this process"))?;
    let operation = Operation { id, who, what, subject, request, started, process, ended: None };
    save(&root.join(&operation.id), &operation)?;
    Ok(operation)
}

/// The default subject: the only instance.
fn only_instance(state: &StateDir) -> Vec<String> {
    match instance::list(state).unwrap_or_default().as_slice() {
        [only] => vec![only.to_string()],
        _ => Vec::new(),
    }
}

fn save(folder: &Path, operation: &Operation) -> std::io::Result<()> {
    write::atomically(&folder.join("operation.json"), &serde_json::to_vec_pretty(operation)?)
}

pub(super) fn ids(state: &StateDir) -> std::io::Result<Vec<String>> {
    let mut ids = Vec::new();
    match fs_err::read_dir(state.operations()) {
        Ok(entries) => {
            for entry in entries {
                ids.extend(entry?.file_name().into_string().ok());
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    ids.sort();
    Ok(ids)
}

/// An operation; none if its file does not exist or is of another version.
fn load(state: &StateDir, id: &str) -> Option<Operation> {
    let read = || -> Option<Operation> {
        let text = fs_err::read(folder_of(state, id).join("operation.json")).ok()?;
        serde_json::from_slice(&text).ok()
    };
    let found = read()?;
    // Its process may have written down how it ended, and ended, since the file was read.
    if found.standing() == Standing::Killed { read() } else { Some(found) }
}

/// Does the work, and cancels the operation if another process asks for it.
fn until_asked_to_stop<T>(folder: &Path, cancel: &Cancel, work: impl FnOnce() -> T) -> T {
    let Ok((mut inotify, (done, end))) = watch(folder, WatchMask::CREATE)
        .and_then(|inotify| Ok((inotify, rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?)))
    else {
        return work();
    };
    std::thread::scope(|scope| {
        let watching = scope.spawn(move || {
            loop {
                let mut both = [PollFd::new(&inotify, PollFlags::IN), PollFd::new(&done, PollFlags::IN)];
                let ready = poll(&mut both, None);
                let ended = !both[1].revents().is_empty();
                if ended || ready.is_err_and(|error| error != rustix::io::Errno::INTR) {
                    break;
                }
                // The events themselves do not matter: only the existence of the file counts.
                let _ = inotify.read_events(&mut [0; 1024]).map(Iterator::count);
                if folder.join("stop").exists() {
                    cancel.ask();
                    break;
                }
            }
        });
        // Also closed by a panic of the work, or the scope would never end.
        let end = end;
        let result = work();
        drop(end);
        threads::end(watching);
        result
    })
}

fn watch(folder: &Path, mask: WatchMask) -> std::io::Result<Inotify> {
    let inotify = Inotify::init()?;
    inotify.watches().add(folder, mask)?;
    Ok(inotify)
}

/// The operations that changed an instance, or all, the oldest first.
///
/// # Errors
/// When the history cannot be read.
pub fn list(halab: &Halab, about: Option<&str>) -> Result<Vec<Operation>, AppError> {
    let all = ids(&halab.state).map_err(unreadable)?;
    let all = all.iter().filter_map(|id| load(&halab.state, id));
    let meant = |one: &Operation| about.is_none_or(|about| one.subject.iter().any(|name| name == about));
    let mut all: Vec<Operation> = all.filter(meant).collect();
    // Ids have a resolution of seconds only.
    all.sort_by_key(|one| one.started);
    Ok(all)
}

/// One operation by its id.
///
/// # Errors
/// When there is none of this id.
pub fn find(halab: &Halab, id: &str) -> Result<Operation, AppError> {
    let known = ids(&halab.state).map_err(unreadable)?;
    let found = known.iter().any(|one| one == id).then(|| load(&halab.state, id)).flatten();
    found.ok_or_else(|| {
        AppError::not_found(format!("there is no operation `{id}`")).hint(suggestion(
            id,
            "operation",
            known.iter().map(String::as_str),
        ))
    })
}

/// Asks an operation, which may run in another process, to stop. It cleans up as after Ctrl-C.
///
/// # Errors
/// When there is no such operation, it does not run, or this user may not stop it.
pub fn stop(halab: &Halab, id: &str) -> Result<(), AppError> {
    let operation = find(halab, id)?;
    if operation.standing() != Standing::Running {
        return Err(AppError::failed(format!("{id} is not running")));
    }
    fs_err::write(folder_of(&halab.state, id).join("stop"), "").map_err(|error| {
        AppError::failed(format!("{id} cannot be stopped")).because(error).maybe_hint(explain::sudo())
    })
}
