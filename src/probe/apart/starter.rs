//! The starter's side of a load's process.

use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::SUBCOMMAND;
use super::wire::{Job, Ledger, Run, Said, ScriptEnded, is_of};
use crate::base::apart::{Apart, Heard, foreign};
use crate::model::drill::Load;
use crate::probe::Clients;
use crate::record::{Event, What};

/// How long a load may take to end after its last request has timed out.
const GRACE: Duration = Duration::from_secs(60);

impl Clients<'_> {
    /// Runs the load in a process without rights, in the network namespace of the calling thread, until
    /// `stop` is set and the requests in flight have ended. `program` is the executable of `lab`.
    ///
    /// # Errors
    /// The process cannot be started, it fails or ends before its time, or it reports what is not its own.
    pub fn run_apart(self, program: &Path) -> io::Result<()> {
        let run = Run {
            load: self.load.clone(),
            ip: self.ip,
            first_due: self.first_due,
            first_id: self.first_id,
            nonces: self.nonces.clone(),
            origin: self.clock.origin(),
        };
        let mut process = Apart::start(program, SUBCOMMAND, &Job::Load(Box::new(run)))?;
        let mut until = None;
        let mut ended = false;
        loop {
            if self.stopping() && until.is_none() {
                process.stop()?;
                until = Some(Instant::now() + patience(self.load));
            }
            if until.is_some_and(|until| Instant::now() > until) {
                return Err(io::Error::other("its process did not end"));
            }
            match process.hear()? {
                Heard::Said(Said::Event(event)) => {
                    ended |= matches!(event.what, What::LoadEnded { .. });
                    self.pass_on(event)?;
                }
                Heard::Said(Said::Ids(_) | Said::Ended(_)) => return Err(foreign()),
                Heard::Nothing => {}
                Heard::End if ended => return Ok(()),
                Heard::End => return Err(process.ended_early()),
            }
        }
    }

    fn pass_on(&self, event: Event) -> io::Result<()> {
        if !is_of(&self.load.name, &event.what) || !self.may_tell(&event.what) {
            return Err(foreign());
        }
        // The receiver is gone only when the drill is over.
        let _ = self.events.send(event);
        Ok(())
    }
}

/// Reads the writes of a load back in a process without rights, in the network namespace of the calling
/// thread. `program` is the executable of `lab`.
///
/// # Errors
/// As [`read_ledger`](crate::probe::web::ledger::read_ledger), or the process cannot be started.
pub fn read_ledger_apart(program: &Path, ledger: Ledger, cancel: &AtomicBool) -> io::Result<Vec<u64>> {
    let limit = ledger.limit + GRACE;
    match Apart::start(program, SUBCOMMAND, &Job::Ledger(ledger))?.answer(limit, cancel)? {
        Said::Ids(ids) => Ok(ids),
        Said::Event(_) | Said::Ended(_) => Err(foreign()),
    }
}

/// Runs a script to its end, without rights, in the network namespace of the calling thread. `program` is the
/// executable of `lab`.
///
/// # Errors
/// It cannot be started, takes longer than `limit`, or `cancel` is set. It is ended then.
pub fn run_script_apart(
    program: &Path,
    script: &str,
    limit: Duration,
    cancel: &AtomicBool,
) -> io::Result<ScriptEnded> {
    match Apart::start(program, SUBCOMMAND, &Job::Script(script.to_owned()))?.answer(limit, cancel)? {
        Said::Ended(ended) => Ok(ended),
        Said::Event(_) | Said::Ids(_) => Err(foreign()),
    }
}

/// How long the requests in flight may take.
fn patience(load: &Load) -> Duration {
    load.connect_timeout.duration() + load.timeout.duration() + GRACE
}
