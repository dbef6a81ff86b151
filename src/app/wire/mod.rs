//! The application over a byte stream, one line of JSON for each message: the far end is another process,
//! here or on another host.
//!
//! ```text
//! ▶ {"version": 1, "request": "down", "arguments": {…}}     one line, first; "who" names the caller
//! ▶ {"cancel": true}                                        at any time after it
//! ◀ {"began": "20261128T191120Z-down"}                      the id in the history, if it changes something
//! ◀ {"event": {"number": 1, …}}                             as they happen
//! ◀ {"outcome": {"request": "down", "outcome": {…}}}        or {"error": {…}}, last
//! ```
//!
//! Over a Unix socket a `connected` event brings its descriptor with it.

mod client;
pub(crate) mod server;

use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::event::Event;
use super::request::AnyOutcome;

pub use client::call;
pub use server::{serve, serve_socket, stdin_socket};

/// The longest line that is read, in bytes: requests are short.
const LONGEST: u64 = 1 << 20;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Opening {
    version: u32,
    /// The caller, for the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    who: Option<String>,
    #[serde(flatten)]
    request: serde_json::Value,
}

/// The lines after it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Control {
    cancel: bool,
}

/// The lines of the answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The request has this id in the history.
    Began(String),
    /// An event.
    Event(Box<Event>),
    /// The request succeeded.
    Outcome(Box<AnyOutcome>),
    /// The request failed.
    Error(AppError),
}

#[cfg(test)]
mod tests;
