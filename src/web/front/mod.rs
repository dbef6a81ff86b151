//! The process without rights that speaks HTTP (`lab __front`, internal).
//!
//! It has the listening socket, the socket to the back, and the sockets of browsers. It decides nothing: each
//! request becomes an ask, with the credential that came with it.

mod answers;
mod assets;
pub(crate) mod back_end;
mod credential;
mod file;
mod guard;
mod openapi;
mod routes;
pub(crate) mod screen;
mod server;
pub(crate) mod serving;
mod stream;
pub(crate) mod terminal;

use std::ffi::OsString;
use std::io;
use std::net::TcpListener;
use std::process::ExitCode;

use serde::{Deserialize, Serialize};

use crate::base::apart;
use crate::base::confined::{self, Confinement, SystemCalls};
use crate::base::descriptors;

/// The hidden subcommand.
pub const SUBCOMMAND: &str = "__front";

/// What the process keeps. Its network has nothing but the sockets that it was given.
const CONFINEMENT: Confinement = Confinement { memory: 4 << 30, network: false, calls: SystemCalls::Server };

/// A certificate and its key, as texts.
#[derive(Clone, Serialize, Deserialize)]
pub struct Pem {
    /// The certificate, or a chain of them.
    pub certificate: String,
    /// The private key.
    pub key: String,
}

/// What the front has to know.
#[derive(Clone, Serialize, Deserialize)]
pub struct Job {
    /// Names of this machine under which browsers may ask.
    pub names: Vec<String>,
    /// The certificate; none for plain HTTP.
    pub tls: Option<Pem>,
    /// Whether guests are simulated.
    pub simulated: bool,
    /// The port at which students connect with SSH; none if they cannot.
    pub ssh: Option<u16>,
}

/// Runs the hidden subcommand `__front`; `None` for other arguments.
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
