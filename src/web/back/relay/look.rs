//! A person looks at the open terminal of a student, or takes it over.

use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;

use super::open::Open;
use crate::app::{AppError, ErrorKind};
use crate::web::back::channel::Asked;
use crate::web::channel::Answer;

/// Shows a terminal with its last output, until it is over or the front closes the channel. What is typed
/// reaches it if it is taken over.
///
/// # Errors
/// When it is over already, or the one who looks does not read.
pub fn look(asked: &Asked<'_>, open: &Open, take_over: bool) -> Result<(), AppError> {
    let failed = |error: io::Error| AppError::failed("the terminal cannot be shown").because(error);
    let (ours, theirs) = UnixStream::pair().map_err(failed)?;
    let window = &*open.window;
    // Its size is that of the student.
    asked.while_said(
        |_| false,
        |cancel| {
            let number = window.look(&asked.grant.name, take_over, ours).ok_or_else(gone)?;
            asked.sink.send(&Answer::Terminal, Some(theirs.as_fd()));
            drop(theirs);
            let left = std::thread::scope(|scope| {
                scope.spawn(|| {
                    cancel.wait();
                    window.leave(number);
                });
                let mut known = None;
                while let Some(size) = window.size_for(number, known) {
                    asked.sink.message("size", None, &size);
                    known = Some(size);
                }
                let left = cancel.asked();
                // Ends the thread that waits.
                cancel.ask();
                left
            });
            // What ended it: the one who looks, the terminal, whose last output is still on its way, or the
            // pump.
            if left || window.is_over() { Ok(()) } else { Err(too_slow()) }
        },
    )
}

/// There is no such terminal, or no longer.
pub fn gone() -> AppError {
    AppError::not_found("this terminal is not open").hint("the page of the class shows those that are")
}

fn too_slow() -> AppError {
    AppError::new(ErrorKind::Busy, "what the terminal showed was not read fast enough").hint("look again")
}
