//! A connection of a student's SSH client into the student's instance.

use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::channel::Asked;
use crate::app::class::Jump;
use crate::app::{AppError, Event};
use crate::web::channel::Answer;

/// How often it is looked whether a connection still may be open.
const LOOK: Duration = Duration::from_millis(500);

/// Opens a connection, and keeps it until the front closes the channel or `ends` says so.
///
/// # Errors
/// When it cannot be opened.
pub fn open(asked: &Asked<'_>, jump: &Jump, ends: impl Fn() -> bool) -> Result<(), AppError> {
    let kept: Arc<Mutex<Option<OwnedFd>>> = Arc::default();
    let (far, keeping) = (asked.sink.clone(), kept.clone());
    let listener = Box::new(move |event: &Event| {
        let Some(socket) = event.what.descriptor() else { return };
        *keeping.lock().unwrap_or_else(PoisonError::into_inner) = socket.as_fd().try_clone_to_owned().ok();
        far.send(&Answer::Terminal, Some(socket.as_fd()));
    });
    asked.sink.while_open(|cancel| {
        asked.halab().run(jump, cancel, listener)?;
        while !cancel.asked() && !ends() {
            std::thread::sleep(LOOK);
        }
        // The front has the socket, too: only this ends it for both.
        if let Some(socket) = kept.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = TcpStream::from(socket).shutdown(Shutdown::Both);
        }
        Ok(())
    })
}
