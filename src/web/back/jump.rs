//! A connection of a student's SSH client into the student's instance.

use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};

use super::channel::Asked;
use crate::app::class::Jump;
use crate::app::{AppError, Event};
use crate::web::channel::Answer;

/// Opens a connection, tells that it is open, and keeps it until the front closes the channel or the time of
/// the student is over.
///
/// # Errors
/// When it cannot be opened.
pub fn open(asked: &Asked<'_>, jump: &Jump, tell: impl FnOnce()) -> Result<(), AppError> {
    let kept: Arc<Mutex<Option<OwnedFd>>> = Arc::default();
    let (far, keeping) = (asked.sink.clone(), kept.clone());
    let listener = Box::new(move |event: &Event| {
        let Some(socket) = event.what.descriptor() else { return };
        *keeping.lock().unwrap_or_else(PoisonError::into_inner) = socket.as_fd().try_clone_to_owned().ok();
        far.send(&Answer::Terminal, Some(socket.as_fd()));
    });
    asked.sink.while_open(|cancel| {
        let _in_time = asked.in_hours(Some(&jump.instance), cancel);
        asked.halab().run(jump, cancel, listener)?;
        tell();
        cancel.wait();
        // The front has the socket, too: only this ends it for both.
        if let Some(socket) = kept.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = TcpStream::from(socket).shutdown(Shutdown::Both);
        }
        Ok(())
    })
}
