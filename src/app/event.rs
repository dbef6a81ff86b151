//! The events of an operation: numbered, and kept in the operation's log, so that a listener that connects
//! late, reconnects, or runs in another process receives all of them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::class::Board;
use super::drill::service::News;
use super::error::AppError;
use super::status::Status;
use crate::apply;
pub use crate::base::raw::Raw;
use crate::base::write;
use crate::diagnostic::Diagnostics;
use crate::exercise::{Localized, Outcome};
use crate::model::{CheckName, ExerciseName, InstanceName, NodeName};
use crate::record;
use crate::work::Progress;

/// An event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Event {
    /// Its place among the events of its operation, from 1, without gaps.
    pub number: u64,
    /// When it happened, in wall-clock time.
    pub at: Timestamp,
    /// Whether it is a detail of a part that runs beside others or inside a larger whole; a user interface
    /// may leave it out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub background: bool,
    /// What happened.
    pub what: What,
}

/// The severity of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// An explanation.
    Detail,
    /// Information for a person.
    Info,
    /// A warning: the operation continues.
    Warning,
}

/// The kinds of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum What {
    /// Something worth a line.
    Note {
        /// Its severity.
        level: Level,
        /// The line.
        text: String,
    },
    /// A file of the user has problems, and the operation continues.
    Diagnostics {
        /// The problems with the text of the file.
        problems: Box<Diagnostics>,
    },
    /// Something failed, and the operation continues without it.
    Problem {
        /// What failed.
        error: AppError,
    },
    /// From now on, ending the process at once leaves something behind.
    AtRisk {
        /// What is left behind, and the command that repairs it.
        left: String,
    },
    /// A plan is being applied.
    Plan {
        /// The instance.
        instance: InstanceName,
        /// What happened to the plan.
        event: Box<apply::Event>,
    },
    /// A long task began or made progress, such as building or fetching an image.
    Work {
        /// The task.
        title: String,
        /// Its progress; none at its beginning.
        progress: Option<Progress>,
    },
    /// A long task ended, successfully or not.
    WorkEnded {
        /// The task.
        title: String,
    },
    /// A drill begins.
    DrillBegins {
        /// The instance.
        instance: InstanceName,
        /// The drill's name.
        drill: String,
        /// Its title.
        title: String,
    },
    /// Something happened in a drill. The outcomes of single requests are in the drill's record only.
    Drill {
        /// What happened, as it is in the record.
        event: Box<record::Event>,
    },
    /// The service of a drill stopped answering its clients, or answers again.
    Service {
        /// When, on the drill's clock.
        at: record::Nanos,
        /// Which of the two.
        news: News,
    },
    /// The number of requests of a drill that were answered so far; at most two events a second.
    Requests {
        /// When, on the drill's clock.
        at: record::Nanos,
        /// Good answers.
        answered: u64,
        /// All others.
        failed: u64,
        /// Whether the service is away now.
        away: bool,
    },
    /// A drill ended.
    DrillEnds {
        /// Its record.
        record: String,
    },
    /// A grading begins.
    GradingBegins {
        /// The exercise.
        exercise: ExerciseName,
        /// Its checks, in the order in which they are listed.
        checks: Vec<CheckName>,
    },
    /// A check of a grading begins.
    CheckBegins {
        /// The check.
        check: CheckName,
    },
    /// A check of a grading ended.
    Checked {
        /// Its title.
        title: Localized,
        /// Its outcome.
        outcome: Box<Outcome>,
    },
    /// A port of this machine leads into the lab from now on.
    Listening {
        /// The address here: `127.0.0.1:8080`.
        local: String,
        /// The address in the lab.
        target: String,
        /// Whether it serves a page for a browser.
        web: bool,
    },
    /// A connection into the lab is open.
    Connected {
        /// The address in the lab.
        target: String,
        /// Its socket. JSON leaves it out; over a Unix socket it is sent with the event.
        #[serde(skip)]
        socket: Descriptor,
    },
    /// A client on this machine printed output.
    ClientOutput {
        /// Whether it was its standard error.
        error: bool,
        /// The bytes, exactly.
        bytes: Raw,
    },
    /// The state of a watched instance changed.
    Status {
        /// Its present state.
        status: Box<Status>,
    },
    /// The state of a watched class changed.
    Board {
        /// How it is doing now.
        board: Box<Board>,
    },
    /// A command on a node, or its console, printed output.
    Output {
        /// The node.
        node: NodeName,
        /// The bytes, exactly.
        bytes: Raw,
    },
}

impl What {
    /// A copy of the descriptor that belongs to the event.
    pub fn descriptor(&self) -> Option<OwnedFd> {
        match self {
            Self::Connected { socket, .. } => socket.get(),
            _ => None,
        }
    }

    /// Whether a descriptor belongs to the event.
    pub(super) fn brings_descriptor(&self) -> bool {
        matches!(self, Self::Connected { .. })
    }

    /// Puts the descriptor back that was received beside the event.
    pub(super) fn attach(&mut self, descriptor: Option<OwnedFd>) {
        if let Self::Connected { socket, .. } = self {
            *socket = Descriptor(descriptor.map(Arc::new));
        }
    }
}

/// A descriptor that belongs to an event. Copies refer to the same descriptor, and only these are equal.
#[derive(Debug, Clone, Default)]
pub struct Descriptor(Option<Arc<OwnedFd>>);

impl Descriptor {
    /// The descriptor of an open socket.
    pub(super) fn of(socket: impl Into<OwnedFd>) -> Self {
        Self(Some(Arc::new(socket.into())))
    }

    /// A copy of it; none if it was not sent.
    pub fn get(&self) -> Option<OwnedFd> {
        self.0.as_ref()?.try_clone().ok()
    }
}

impl PartialEq for Descriptor {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        }
    }
}

/// Receives events as they happen. Called from several threads, one at a time.
pub type Listener = Box<dyn FnMut(&Event) + Send>;

/// The events of one operation.
pub struct EventLog {
    inner: Mutex<Inner>,
}

struct Inner {
    next: u64,
    file: Option<fs_err::File>,
    listener: Listener,
}

impl EventLog {
    /// A log that is not stored: for operations that only read.
    pub fn unkept(listener: Listener) -> Self {
        Self { inner: Mutex::new(Inner { next: 1, file: None, listener }) }
    }

    /// A log that is stored in a new file.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn kept(path: &Path, listener: Listener) -> std::io::Result<Self> {
        let file = write::private().create_new(true).append(true).open(path)?;
        Ok(Self { inner: Mutex::new(Inner { next: 1, file: Some(file), listener }) })
    }

    /// Numbers an event, stores it and passes it to the listener, in this order.
    pub fn emit(&self, background: bool, what: What) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let event = Event { number: inner.next, at: Timestamp::now(), background, what };
        inner.next += 1;
        if let Some(file) = &mut inner.file {
            let written = serde_json::to_vec(&event).map_err(std::io::Error::from).and_then(|mut line| {
                line.push(b'\n');
                file.write_all(&line)
            });
            // A full disk must not end the operation on a lab; its listener still receives all events.
            if written.is_err() {
                inner.file = None;
            }
        }
        (inner.listener)(&event);
    }
}

impl std::fmt::Debug for EventLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventLog").finish_non_exhaustive()
    }
}

/// Reads the events of a log from a number on. An incomplete last line is left for the next time.
///
/// # Errors
/// When the log cannot be read.
pub fn read_events(path: &Path, from: u64) -> std::io::Result<Vec<Event>> {
    let file = match fs_err::File::open(path) {
        Ok(file) => file,
        // An operation has its entry a moment before it has its first event.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut reader = BufReader::new(file);
    let mut events = Vec::new();
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 && line.ends_with('\n') {
        if let Ok(event) = serde_json::from_slice::<Event>(line.as_bytes())
            && event.number >= from
        {
            events.push(event);
        }
        line.clear();
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(text: &str) -> What {
        What::Note { level: Level::Info, text: text.to_owned() }
    }

    #[test]
    fn a_listener_that_comes_before_the_first_event_is_early_and_not_wrong() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read_events(&folder.path().join("events.jsonl"), 0).unwrap(), []);
        assert!(read_events(folder.path(), 0).is_err());
    }

    #[test]
    fn a_late_listener_gets_every_event_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let here = heard.clone();
        let log =
            EventLog::kept(&path, Box::new(move |event| here.lock().unwrap().push(event.clone()))).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let log = &log;
                scope.spawn(move || {
                    (0..25).for_each(|n| log.emit(thread == 0, note(&format!("{thread} {n}"))))
                });
            }
        });
        let live = heard.lock().unwrap().clone();
        assert_eq!(live.iter().map(|event| event.number).collect::<Vec<_>>(), (1..=100).collect::<Vec<_>>());
        assert_eq!(read_events(&path, 1).unwrap(), live);
        assert_eq!(read_events(&path, 41).unwrap(), live[40..]);
        fs_err::OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(b"{\"number\": 101, ")
            .unwrap();
        assert_eq!(read_events(&path, 100).unwrap().len(), 1);
    }
}
