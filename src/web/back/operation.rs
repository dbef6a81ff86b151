//! Requests of the application, performed for a person.

use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use serde_json::{Value, json};

use super::channel::Asked;
use super::relay::show;
use super::relay::window::Window;
use crate::app::wire;
use crate::app::{AnyRequest, AppError, Event, Halab, Terminal, VERSION, What, history};
use crate::base::passing::Lines;
use crate::web::channel::{Answer, LONGEST_ANSWER};

/// The most bytes of the events of a request that only looks; later ones are left out.
const MOST_EVENTS: usize = 4 << 20;

impl Asked<'_> {
    /// The application, for this person.
    pub(super) fn halab(&self) -> Halab {
        Halab { who: self.grant.name.clone(), ..self.back.halab.clone() }
    }
}

/// Performs a request that only looks.
///
/// # Errors
/// Those of the request.
pub fn look(asked: &Asked<'_>, request: &AnyRequest) -> Result<Answer, AppError> {
    let events = Arc::new(Mutex::new((0, Vec::new())));
    let kept = events.clone();
    let listener = Box::new(move |event: &Event| {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let value = serde_json::to_value(event).unwrap_or_default();
        kept.0 += value.to_string().len();
        if kept.0 <= MOST_EVENTS {
            kept.1.push(value);
        }
    });
    let outcome = asked.sink.while_open(|cancel| request.run(&asked.halab(), cancel, listener, |_| {}))?;
    let whole = serde_json::to_value(outcome).unwrap_or_default();
    let outcome = whole.get("outcome").cloned().unwrap_or(Value::Null);
    let events = std::mem::take(&mut events.lock().unwrap_or_else(PoisonError::into_inner).1);
    Ok(Answer::Looked { outcome, events })
}

/// Begins a request that changes something, in a process of its own: it goes on when the browser, the front
/// or this process ends. Returns the id of the operation.
///
/// # Errors
/// When it fails before it has an id.
pub fn begin(asked: &Asked<'_>, request: &AnyRequest) -> Result<String, AppError> {
    begun(&asked.halab(), request)
}

/// The same, in the name of the application's caller.
///
/// # Errors
/// When it fails before it has an id.
pub fn begun(halab: &Halab, request: &AnyRequest) -> Result<String, AppError> {
    let failed = |error| AppError::failed("the operation cannot be started").because(error);
    let (ours, theirs) = UnixStream::pair().map_err(failed)?;
    let program = std::env::current_exe().map_err(failed)?;
    let mut command = Command::new(program);
    command.arg("--state").arg(halab.state.root()).arg("__app");
    command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(Stdio::null());
    // A key at the terminal of this process must not end it.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(failed)?;
    drop(command);
    let mut opening = serde_json::to_value(request).unwrap_or_default();
    if let Some(fields) = opening.as_object_mut() {
        fields.insert("version".to_owned(), VERSION.into());
        fields.insert("who".to_owned(), halab.who.clone().into());
    }
    let sent = (&ours).write_all(format!("{opening}\n").as_bytes());
    let mut lines = Lines::of(ours, LONGEST_ANSWER);
    let began = sent.map_err(failed).and_then(|()| first(&mut lines));
    // Its events are in its log. It is read to the end, so that it is not kept by a full socket, and reaped.
    std::thread::spawn(move || {
        while let Ok(Some(_)) = lines.next() {}
        let _ = child.wait();
    });
    began
}

/// The id in the answers of an operation that has just begun.
fn first(lines: &mut Lines) -> Result<String, AppError> {
    loop {
        let line = lines.next().ok().flatten();
        let line = line.ok_or_else(|| AppError::failed("the operation ended without a word"))?;
        match serde_json::from_slice(&line) {
            Ok(wire::Answer::Began(id)) => return Ok(id),
            Ok(wire::Answer::Error(error)) => return Err(error),
            // An operation that cannot be written down goes on without an id.
            Ok(wire::Answer::Event(_)) => {}
            Ok(wire::Answer::Outcome(_)) | Err(_) => {
                return Err(AppError::failed("the operation is not in the history"));
            }
        }
    }
}

/// Passes on the events of an operation until it ends or the front closes the channel.
///
/// # Errors
/// When the history cannot be read.
pub fn follow(asked: &Asked<'_>, id: &str, from: u64) -> Result<(), AppError> {
    let halab = &asked.back.halab;
    let ended = asked.sink.while_open(|cancel| {
        let mut hear = |event: &Event| {
            if !asked.sink.message("event", Some(event.number), event) {
                cancel.ask();
            }
        };
        history::events(halab, id, from, true, cancel, &mut hear)
    })?;
    asked.sink.message("end", None, &crate::web::channel::OperationRow::from(ended));
    Ok(())
}

/// Opens a terminal, and keeps it until its program ends, the front closes the channel, or the time of the
/// student is over. Returns the exit status of its program.
///
/// # Errors
/// When it cannot be opened, or does not end by itself.
pub fn terminal(asked: &Asked<'_>, terminal: &Terminal) -> Result<u8, AppError> {
    let window = Window::new().map_err(|error| AppError::failed("no terminal is left").because(error))?;
    let window = Arc::new(window);
    let (sender, opened) = mpsc::channel();
    let far = asked.sink.clone();
    let listener = Box::new(move |event: &Event| {
        if let Some(descriptor) = event.what.descriptor() {
            let _ = sender.send(descriptor);
        } else if let What::Note { text, .. } = &event.what {
            far.message("note", None, &json!(text));
        }
    });
    let resize = |size| {
        window.resize(size);
        true
    };
    asked.while_said(resize, |cancel| {
        let in_time = asked.in_hours(terminal.instance.as_ref(), cancel);
        let window = &window;
        let done = std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut known = Vec::new();
                while let Some(watched) = window.watched(&known) {
                    asked.sink.message("watched", None, &watched);
                    known = watched;
                }
            });
            scope.spawn(move || {
                let Ok(opened) = opened.recv() else { return };
                if !show::show(asked, terminal, window, opened) {
                    cancel.ask();
                }
            });
            let done = asked.halab().run(terminal, cancel, listener);
            window.end();
            done
        });
        let ended = done.map(|ended| ended.status);
        ended.map_err(|error| in_time.and_then(|in_time| in_time.over()).unwrap_or(error))
    })
}
