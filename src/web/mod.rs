//! The web face: `lab serve` and its HTTP interface.
//!
//! Two processes. The **front** speaks HTTP with browsers and has no rights: a user of its own, an empty file
//! system, few system calls. The **back** has the rights of its starter. For each thing that it wants, the
//! front opens a channel to the back, shows the credential of the browser, and asks one thing of a closed set
//! ([`channel::Ask`]). The back looks up whose credential it is, checks what that person may do
//! ([`permission`]), and asks the application.
//!
//! ```text
//! browser ──HTTP──▶ front ──channel, one for each ask──▶ back ──Request──▶ app
//!                     ◀── answers as lines of JSON; terminals as descriptors
//!                     ── sizes of a terminal's window as lines of JSON ──▶
//! ```

use std::ffi::OsString;
use std::process::ExitCode;

mod back;
pub(crate) mod channel;
pub(crate) mod front;
pub(crate) mod permission;
mod role;
mod ssh;
mod tokens;

pub use back::{Options, serve};
pub use role::{Grant, Role, Scope};
pub use tokens::{Kind, Tokens};

/// Runs the hidden subcommands of the processes without rights; `None` for other arguments.
///
/// Call it before any thread is started.
pub fn intercept(arguments: &[OsString]) -> Option<ExitCode> {
    front::intercept(arguments).or_else(|| ssh::intercept(arguments))
}
