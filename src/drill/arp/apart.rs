//! A watcher in a process without rights (`lab __arp`, internal): guests choose what is in their frames.
//!
//! The process opens its raw sockets, gives up its rights, and only then asks and reads.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::watcher::{Holders, Watched, Watcher};
use crate::base::apart::{self, Apart, Heard, foreign};
use crate::base::confined::{self, Confinement, SystemCalls};
use crate::model::NodeName;
use crate::record::{Clock, Event, Nanos, Talk, What};

/// The hidden subcommand.
const SUBCOMMAND: &str = "__arp";

/// What a watcher may use.
const CONFINEMENT: Confinement =
    Confinement { memory: 1 << 30, network: false, calls: SystemCalls::Internet };

/// How long a watcher may take to end.
const GRACE: Duration = Duration::from_secs(20);

/// What is watched, and the start of the drill's clock.
#[derive(Debug, Serialize, Deserialize)]
struct Job {
    watched: Watched,
    origin: u64,
}

/// What a watcher says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Said {
    /// Something was observed.
    Event(Event),
    /// This node answered for the address at this time. An event comes only when all answers to a query were
    /// collected.
    Holds(NodeName, Nanos),
}

/// Watches an address in a process without rights, in the network namespace of the calling thread, until
/// `stop` is set. `program` is the executable of `lab`.
///
/// # Errors
/// The process cannot be started, fails, or reports what is not its own.
pub fn watch(
    program: &Path,
    watched: &Watched,
    clock: Clock,
    stop: &AtomicBool,
    events: &Sender<Event>,
    holders: &Holders,
) -> io::Result<()> {
    let job = Job { watched: watched.clone(), origin: clock.origin() };
    let mut process = Apart::start(program, SUBCOMMAND, &job)?;
    let mut until = None;
    loop {
        if stop.load(Ordering::Relaxed) && until.is_none() {
            process.stop()?;
            until = Some(Instant::now() + GRACE);
        }
        if until.is_some_and(|until| Instant::now() > until) {
            return Err(io::Error::other("its process did not end"));
        }
        match process.hear()? {
            Heard::Said(said) if !is_of(watched, &said) => return Err(foreign()),
            // The receiver is gone only when the drill is over.
            Heard::Said(Said::Event(event)) => drop(events.send(event)),
            Heard::Said(Said::Holds(node, at)) => holders.set(&watched.address.name, &node, at),
            Heard::Nothing => {}
            Heard::End if until.is_some() => return Ok(()),
            Heard::End => return Err(process.ended_early()),
        }
    }
}

/// Whether a watcher of this address may say this.
fn is_of(watched: &Watched, said: &Said) -> bool {
    let known = |node: &NodeName| watched.nodes.values().any(|own| own == node);
    match said {
        Said::Holds(node, _) => known(node),
        Said::Event(event) => match &event.what {
            What::Holder { address, answers, .. } => {
                let all = answers.iter().all(|answer| answer.node.as_ref().is_none_or(known));
                *address == watched.address.name && all
            }
            What::Announced { address, node, .. } => {
                *address == watched.address.name && node.as_ref().is_none_or(known)
            }
            What::Flooded { node, of: Talk::Arp, .. } => known(node),
            _ => false,
        },
    }
}

/// Runs the hidden subcommand `__arp`; `None` for other arguments.
///
/// Call it before any thread is started.
pub fn intercept(arguments: &[OsString]) -> Option<ExitCode> {
    apart::intercept(arguments, SUBCOMMAND, |job: &Job, starter| {
        let stop = AtomicBool::new(false);
        let (sender, said) = channel();
        let watcher =
            Watcher { watched: &job.watched, clock: Clock::shared(job.origin), stop: &stop, said: sender };
        thread::scope(|scope| {
            let ended = watcher.run(|| {
                confined::enter(&CONFINEMENT)?;
                scope.spawn(|| starter.hear_the_end(&stop));
                scope.spawn(move || starter.pass_on(said));
                Ok(())
            });
            starter.done()?;
            ended
        })
    })
}
