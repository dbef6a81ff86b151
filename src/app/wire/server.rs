//! The server of the wire format.

use std::io::{BufRead, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::AddressFamily;

use super::{Answer, Control, LONGEST, Opening};
use crate::app::cancel::Cancel;
use crate::app::error::AppError;
use crate::app::event::Event;
use crate::app::request::AnyRequest;
use crate::app::{Halab, VERSION};
use crate::base::passing::{self, Lines};

/// Reads one request, performs it, and writes its events and its outcome. The end of the input does not
/// cancel it: a client that connects again finds the operation in the history.
pub fn serve(halab: &Halab, mut input: impl BufRead + Send + 'static, output: impl Write + Send + 'static) {
    let next = move || line(&mut input);
    serve_lines(halab, next, Output::Plain(Box::new(output)));
}

/// As [`serve`], over a Unix socket: descriptors are sent with their events.
///
/// # Errors
/// When the socket cannot be used in both directions.
pub fn serve_socket(halab: &Halab, stream: UnixStream) -> std::io::Result<()> {
    let mut lines = Lines::of(stream.try_clone()?, LONGEST as usize);
    let next = move || match lines.next()? {
        Some(line) => String::from_utf8(line).map(Some).map_err(std::io::Error::other),
        None => Ok(None),
    };
    let own = stream.try_clone()?;
    serve_lines(halab, next, Output::Socket(stream));
    // Ends the thread that waits for further lines. The client may have gone already.
    let _ = own.shutdown(std::net::Shutdown::Both);
    Ok(())
}

/// The standard input of this process, if it is a Unix socket: answers go out on it, too.
pub fn stdin_socket() -> Option<UnixStream> {
    let stdin = std::io::stdin();
    rustix::net::sockopt::socket_domain(&stdin).ok().filter(|domain| *domain == AddressFamily::UNIX)?;
    std::os::fd::AsFd::as_fd(&stdin).try_clone_to_owned().ok().map(UnixStream::from)
}

/// The sink of answers.
enum Output {
    Plain(Box<dyn Write + Send>),
    Socket(UnixStream),
}

impl Output {
    fn socket(&self) -> Option<UnixStream> {
        match self {
            Self::Plain(_) => None,
            Self::Socket(stream) => stream.try_clone().ok(),
        }
    }

    fn write(&mut self, line: &[u8], descriptor: Option<OwnedFd>) -> std::io::Result<()> {
        match self {
            Self::Plain(output) => output.write_all(line).and_then(|()| output.flush()),
            Self::Socket(stream) => {
                passing::send(stream, line, descriptor.as_ref().map(std::os::fd::AsFd::as_fd))
            }
        }
    }
}

/// Performs the request in the received lines.
fn serve_lines(
    halab: &Halab,
    mut next: impl FnMut() -> std::io::Result<Option<String>> + Send + 'static,
    output: Output,
) {
    let output = Arc::new(Mutex::new(output));
    // A client that has disconnected finds everything in the history.
    let send = |output: &Mutex<_>, answer: &Answer| drop(write_line(output, answer));
    let (who, request) = match opening(next()) {
        Ok(opening) => opening,
        Err(error) => return send(&output, &Answer::Error(error)),
    };
    let halab = &Halab { who: who.unwrap_or_else(|| halab.who.clone()), ..halab.clone() };
    let cancel = Cancel::default();
    let asked = cancel.clone();
    // An operation that only looks is in no history. Without its client, it could not be seen or stopped.
    let only_looks = !request.changes();
    let far = output.lock().unwrap_or_else(PoisonError::into_inner).socket();
    // Not joined: it waits for a line that may never come.
    std::thread::spawn(move || {
        while let Ok(Some(line)) = next() {
            if serde_json::from_slice::<Control>(line.as_bytes()).is_ok_and(|control| control.cancel) {
                asked.ask();
            }
        }
        // The client may have closed only its sending direction. Without events, poll waits for both.
        if let Some(far) = far.filter(|_| only_looks)
            && poll(&mut [PollFd::new(&far, PollFlags::empty())], None).is_ok()
        {
            asked.ask();
        }
    });
    let (events, unheard) = (output.clone(), cancel.clone());
    let listener = Box::new(move |event: &Event| {
        let written = write_line(&events, &Answer::Event(Box::new(event.clone())));
        if written.is_err() && only_looks {
            unheard.ask();
        }
    });
    let began = |id: &str| send(&output, &Answer::Began(id.to_owned()));
    let answer = match request.run(halab, &cancel, listener, began) {
        Ok(outcome) => Answer::Outcome(Box::new(outcome)),
        Err(error) => Answer::Error(error),
    };
    send(&output, &answer);
}

fn write_line(output: &Mutex<Output>, answer: &Answer) -> std::io::Result<()> {
    let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
    let descriptor = match answer {
        Answer::Event(event) => event.what.descriptor(),
        Answer::Began(_) | Answer::Outcome(_) | Answer::Error(_) => None,
    };
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    output.write(&line, descriptor)
}

/// The caller, if the first line names one, and the request.
pub(crate) fn opening(
    first: std::io::Result<Option<String>>,
) -> Result<(Option<String>, AnyRequest), AppError> {
    let unreadable = |what: String| AppError::usage(what);
    let line = first
        .map_err(|error| AppError::usage("the request cannot be read").because(error))?
        .ok_or_else(|| unreadable("there is no request".to_owned()))?;
    let opening: Opening = serde_json::from_slice(line.as_bytes())
        .map_err(|error| AppError::usage("the request is not understood").because(error))?;
    if opening.version != VERSION {
        return Err(AppError::usage(format!(
            "the request has version {}, and this program speaks version {VERSION}",
            opening.version
        )));
    }
    let request = serde_json::from_value(opening.request)
        .map_err(|error| AppError::usage("the request is not understood").because(error))?;
    Ok((opening.who, request))
}

/// One line without its end; none at the end of the input.
pub(crate) fn line(input: &mut impl BufRead) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let read = std::io::Read::take(input, LONGEST).read_until(b'\n', &mut bytes)?;
    if read as u64 == LONGEST {
        return Err(std::io::Error::other(format!("a line of more than {LONGEST} bytes")));
    }
    String::from_utf8(bytes).map(|text| (read > 0).then_some(text)).map_err(std::io::Error::other)
}
