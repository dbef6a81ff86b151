//! The process without rights that speaks SSH with students (`lab __ssh`, internal).
//!
//! ```text
//! ssh -J s01@server:2222 root@node1   a connection that ends in the student's own instance   [`Ask::Jump`]
//! ssh -t -p 2222 s01@server node1     a terminal, as in the page; in an exam it is recorded  [`Ask::Terminal`]
//! ssh -p 2222 s01@server task         a word: what the page's buttons do                     [`desk`]
//! ```
//!
//! A student shows the key that was given before, or types the code of the card, which also gives the key.
//! Each connection has a session with the back, as that of a browser. Nothing else of SSH is offered.
//!
//! [`Ask::Jump`]: crate::web::channel::Ask::Jump
//! [`Ask::Terminal`]: crate::web::channel::Ask::Terminal

mod desk;
mod person;
mod server;
mod text;
mod visit;
mod words;

use std::ffi::OsString;
use std::io;
use std::net::TcpListener;
use std::process::ExitCode;

use serde::{Deserialize, Serialize};

use crate::base::apart;
use crate::base::confined::{self, Confinement, SystemCalls};
use crate::base::descriptors;

/// The hidden subcommand.
pub const SUBCOMMAND: &str = "__ssh";

/// What the process keeps. Its network has nothing but the sockets that it was given.
const CONFINEMENT: Confinement = Confinement { memory: 4 << 30, network: false, calls: SystemCalls::Server };

/// What the process has to know.
#[derive(Clone, Serialize, Deserialize)]
pub struct Job {
    /// The private key of this server, as OpenSSH writes it.
    pub key: String,
}

/// Runs the hidden subcommand `__ssh`; `None` for other arguments.
///
/// Call it before any thread is started.
pub fn intercept(arguments: &[OsString]) -> Option<ExitCode> {
    apart::intercept_with(arguments, SUBCOMMAND, |job: &Job, listener, starter| {
        let listener = listener.ok_or_else(|| io::Error::other("there is no socket to listen on"))?;
        descriptors::raise_limit();
        confined::enter(&CONFINEMENT)?;
        server::run(job, TcpListener::from(listener), starter.try_clone()?)
    })
}
