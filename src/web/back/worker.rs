//! A process without rights that speaks with clients, and what the back answers it.

use std::net::TcpListener;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::Back;
use super::channel::{self, Door};
use crate::app::{AppError, Cancel};
use crate::base::apart::{Apart, Heard};

/// The delay before a process that has ended is started again.
const AGAIN: Duration = Duration::from_millis(200);

/// The most channels of a process at the same time; further ones are closed. What floods one door does not
/// close the other.
const MOST_CHANNELS: usize = 512;

/// A process without rights.
pub struct Worker {
    door: Door,
    /// Counts the open channels.
    channels: Arc<()>,
    subcommand: &'static str,
    job: Value,
    listener: TcpListener,
    process: Apart,
}

impl Worker {
    /// Starts the process of a hidden subcommand, which accepts clients on a socket.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(
        door: Door,
        subcommand: &'static str,
        job: &impl Serialize,
        listener: TcpListener,
    ) -> Result<Self, AppError> {
        let job = serde_json::to_value(job).map_err(|error| AppError::failed("no job").because(error))?;
        let process = started(subcommand, &job, &listener)?;
        Ok(Self { door, channels: Arc::new(()), subcommand, job, listener, process })
    }

    /// Answers it until the server is cancelled. If it ends, it is started again, on the same port.
    ///
    /// # Errors
    /// When it cannot be started again.
    pub fn serve(mut self, back: &Arc<Back>, cancel: &Cancel) -> Result<(), AppError> {
        while !cancel.asked() {
            match self.process.hear::<()>() {
                Ok(Heard::Said(())) => {
                    if let Some(channel) = self.process.descriptor() {
                        self.answer(back, UnixStream::from(channel));
                    }
                }
                Ok(Heard::Nothing) => {}
                Ok(Heard::End) | Err(_) => {
                    let protocol = self.subcommand.trim_start_matches('_');
                    back.audit.note(&format!("the process of `{protocol}` ended, and is started again"));
                    std::thread::sleep(AGAIN);
                    self.process = started(self.subcommand, &self.job, &self.listener)?;
                }
            }
        }
        Ok(())
    }

    fn answer(&self, back: &Arc<Back>, stream: UnixStream) {
        // A channel that is dropped is closed, and the process says that the server is busy.
        if Arc::strong_count(&self.channels) > MOST_CHANNELS {
            return;
        }
        let (back, door, counted) = (back.clone(), self.door, self.channels.clone());
        let answering = move || {
            channel::answer(&back, stream, door);
            drop(counted);
        };
        // A machine without a thread to spare is busy, too.
        let _ = std::thread::Builder::new().spawn(answering);
    }
}

fn started(subcommand: &str, job: &Value, listener: &TcpListener) -> Result<Apart, AppError> {
    let failed =
        |error| AppError::failed("the process that speaks with clients cannot be started").because(error);
    let program = std::env::current_exe().map_err(failed)?;
    Apart::start_with(&program, subcommand, job, Some(listener.as_fd())).map_err(failed)
}
