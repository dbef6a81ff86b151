//! A page of a lab, fetched by a process without rights (`lab __fetch`, internal): what answers is hostile.

use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::apart::{self, Apart};
use crate::base::confined::{self, Confinement, SystemCalls};
use crate::base::http::{self, Bounds, Page};

/// The hidden subcommand.
const SUBCOMMAND: &str = "__fetch";

/// What the process may use.
const CONFINEMENT: Confinement =
    Confinement { memory: 512 << 20, network: true, calls: SystemCalls::Internet };

/// How long an answer may take: up to the duration of a failover.
const LIMIT: Duration = Duration::from_secs(20);

/// The time for its start and its end.
const GRACE: Duration = Duration::from_secs(5);

/// The longest answer, in bytes.
const LARGEST: u64 = 2 << 20;

#[derive(Debug, Serialize, Deserialize)]
struct Job {
    server: SocketAddr,
    path: String,
}

/// Fetches a page in the network namespace of the calling thread. `program` is the executable of `lab`.
///
/// # Errors
/// When nothing answers within the limits, or the answer is not HTTP.
pub fn fetch(program: &Path, server: SocketAddr, path: &str, cancel: &AtomicBool) -> io::Result<Page> {
    let job = Job { server, path: path.to_owned() };
    Apart::start(program, SUBCOMMAND, &job)?.answer(LIMIT + GRACE, cancel)
}

/// Runs the hidden subcommand `__fetch`; `None` for other arguments.
///
/// Call it before any thread is started.
pub fn intercept(arguments: &[OsString]) -> Option<ExitCode> {
    apart::intercept(arguments, SUBCOMMAND, |job: &Job, starter| {
        confined::enter(&CONFINEMENT)?;
        let never = AtomicBool::new(false);
        let bounds = Bounds { connect: LIMIT, limit: LIMIT, most: LARGEST, cancel: &never };
        starter.say(&http::get(job.server, &job.path, bounds)?)
    })
}
