//! The client of the wire format.

use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::{Answer, Control, LONGEST};
use crate::app::VERSION;
use crate::app::cancel::Cancel;
use crate::app::error::AppError;
use crate::app::event::Listener;
use crate::app::request::Wired;
use crate::base::passing::{self, Lines};

/// How long one wait for an answer lasts before cancellation is checked.
const TICK: Duration = Duration::from_millis(100);

/// The longest answer in bytes: a report of a long drill is some megabytes.
const LONGEST_ANSWER: usize = 64 * LONGEST as usize;

/// Sends a request to an application at the far end of a socket, as [`Halab::run`](crate::app::Halab::run)
/// performs one in this process.
///
/// # Errors
/// Those of the request, and when the far end is closed or has another version.
pub fn call<R: Wired>(
    stream: UnixStream,
    request: &R,
    cancel: &Cancel,
    mut listener: Listener,
) -> Result<R::Outcome, AppError> {
    let broken =
        |error: std::io::Error| AppError::failed("the connection to the application broke").because(error);
    send(&stream, &opening(request)).map_err(broken)?;
    stream.set_read_timeout(Some(TICK)).map_err(broken)?;
    let mut lines = Lines::of(stream.try_clone().map_err(broken)?, LONGEST_ANSWER);
    let mut asked = false;
    loop {
        if cancel.asked() && !std::mem::replace(&mut asked, true) {
            send(&stream, &serde_json::to_value(Control { cancel: true }).unwrap_or_default())
                .map_err(broken)?;
        }
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => return Err(AppError::failed("the application at the other end is gone")),
            Err(error) if is_pause(&error) => continue,
            Err(error) => return Err(broken(error)),
        };
        let answer = serde_json::from_slice(&line).map_err(|error| {
            AppError::failed("an answer of the application is not understood").because(error)
        })?;
        match answer {
            Answer::Event(mut event) => {
                if event.what.brings_descriptor() {
                    event.what.attach(lines.descriptor());
                }
                listener(&event);
            }
            Answer::Began(_) => {}
            Answer::Outcome(outcome) => {
                return R::outcome(*outcome)
                    .ok_or_else(|| AppError::failed("the application answered another request"));
            }
            Answer::Error(error) => return Err(error),
        }
    }
}

/// The request with its version.
fn opening<R: Wired>(request: &R) -> serde_json::Value {
    let mut value = serde_json::to_value(request.clone().into()).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("version".to_owned(), VERSION.into());
    }
    value
}

fn send(stream: &UnixStream, message: &serde_json::Value) -> std::io::Result<()> {
    passing::send(stream, format!("{message}\n").as_bytes(), None)
}

fn is_pause(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut | Interrupted)
}
