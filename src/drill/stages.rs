//! Before the steps: the steady state. After them: the goals to wait for, and the final readings.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::engine::{Engine, NUMBERS, address};
use super::live::Live;
use super::setup::Failure;
use crate::base::failure::chain;
use crate::model::Manager;
use crate::model::drill::SettleGoal;
use crate::probe::web::ledger;
use crate::probe::{Ledger, read_ledger_apart};
use crate::record::{Ending, Nanos, Overload, What};

/// The age up to which an answer for an address counts as current.
pub const RECENT: Nanos = Nanos::millis(1000);

/// How long to wait for the nodes' logs.
const OPENING: Nanos = Nanos::millis(20_000);

/// The time limit for the page of a ledger.
const LEDGER_LIMIT: Duration = Duration::from_secs(20);

/// The outcome of a health check, by its index in the list.
type Outcome = (usize, Result<(), Failure>);

impl<'scope, 'env> Engine<'_, 'scope, 'env> {
    /// Waits until every health check holds and a node answers for each address.
    pub fn steady(&mut self) -> Result<(), Ending> {
        let deadline = self.pump.clock.now().plus(Nanos::from(self.setup.drill.steady.within));
        // Logging in is expensive for an emulated guest, so it is completed before any other request. A log
        // that is not open by then is opened later; the drill does not depend on it.
        let nodes = super::lines::feeds(self.setup.lab).len();
        let opened = self.pump.clock.now().plus(OPENING).min(deadline);
        self.pump.wait(Some(opened), |live| (live.streams_settled >= nodes).then_some(()))?;
        if !self.all_healthy(deadline)? {
            return Err(unsteady("the lab was not healthy before the drill"));
        }
        for name in self.setup.drill.addresses() {
            let (holders, clock) = (self.holders, self.pump.clock);
            let held =
                self.pump.wait(Some(deadline), |_| holders.of(name).filter(|(_, at)| fresh(&clock, *at)))?;
            if held.is_none() {
                return Err(unsteady(&format!("no node answered for {name} before the drill")));
            }
        }
        Ok(())
    }

    /// Waits until the service has run without a failure for the length of the baseline, and the lab has
    /// carried all loads during that time.
    pub fn baseline(&mut self) -> Result<(), Ending> {
        let begun = self.pump.clock.now();
        let (loads, wanted) = (&self.setup.drill.loads, Nanos::from(self.setup.drill.steady.baseline));
        let deadline = begun.plus(wanted).plus(Nanos::from(self.setup.drill.steady.within));
        let calm = |live: &Live| live.calm_since(begun) >= wanted;
        self.pump.live.begin_baseline();
        let ready = |live: &Live| (calm(live) && live.overload(loads, wanted).is_none()).then_some(());
        let reached = self.pump.wait(Some(deadline), ready)?;
        // A service that answers nothing at all is not slow.
        let slow = |overload: &Overload| overload.slow < overload.asked || calm(&self.pump.live);
        let overload = self.pump.live.overload(loads, wanted).filter(slow);
        self.pump.live.end_baseline();
        match (reached, overload) {
            (Some(()), _) => Ok(()),
            (None, Some(overload)) => Err(Ending::GivenUp { reason: overload.to_string() }),
            (None, None) => Err(unsteady("requests failed before anything was done to the lab")),
        }
    }

    /// Waits for the goals of the settle table, and returns the deadline of the whole stage.
    pub fn settle(&mut self) -> Result<Nanos, Ending> {
        let settle = &self.setup.drill.settle;
        let deadline = self.pump.clock.now().plus(Nanos::from(settle.within));
        for goal in &settle.until {
            let reached = match goal {
                SettleGoal::Redundant => self.all_healthy(deadline)?,
                SettleGoal::FailedBack => self.failed_back(deadline)?,
            };
            self.pump.emit(What::Goal { goal: *goal, reached });
        }
        Ok(deadline)
    }

    /// Waits until every address with failback is on its preferred node.
    fn failed_back(&mut self, deadline: Nanos) -> Result<bool, Ending> {
        for name in self.setup.drill.addresses() {
            let Some(manager) = Manager::of(self.setup.lab, name).filter(|manager| manager.fails_back) else {
                continue;
            };
            let (holders, clock) = (self.holders, self.pump.clock);
            let home = || {
                let at_home = |(node, at): &_| node == manager.preferred() && fresh(&clock, *at);
                holders.of(name).filter(at_home).map(drop)
            };
            if self.pump.wait(Some(deadline), |_| home())?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Lets the service run without a failure for a while, then ends the loads.
    pub fn calm(&mut self, deadline: Nanos) -> Result<(), Ending> {
        let begun = self.pump.clock.now();
        let wanted = Nanos::from(self.setup.drill.settle.calm);
        let deadline = deadline.max(begun).plus(wanted);
        let calm = |live: &Live| (live.calm_since(begun) >= wanted).then_some(());
        self.pump.wait(Some(deadline), calm)?;
        self.end_clients();
        Ok(())
    }

    /// Runs all health checks in parallel, and reports for each whether it was healthy by the deadline.
    fn all_healthy(&mut self, deadline: Nanos) -> Result<bool, Ending> {
        let setup = self.setup;
        let outcomes = self.ask_all(deadline);
        let mut healthy = 0;
        for _ in setup.checks {
            // A limit for checks that do not keep their own.
            let grace = deadline.plus(RECENT);
            let outcome = self.pump.wait(Some(grace), |_| outcomes.try_recv().ok());
            let (place, result) = match outcome {
                Ok(Some(outcome)) => outcome,
                Ok(None) => break,
                Err(ending) => {
                    self.flags.checks.store(true, Ordering::Relaxed);
                    return Err(ending);
                }
            };
            let failure = result.err().map(|error| chain(error.as_ref()));
            healthy += usize::from(failure.is_none());
            let Some(check) = setup.checks.get(place) else { continue };
            let source = check.probe.source();
            self.pump.emit(What::Check { title: check.title.clone(), failure, source });
        }
        Ok(healthy == setup.checks.len())
    }

    fn ask_all(&self, deadline: Nanos) -> Receiver<Outcome> {
        let (sender, outcomes) = channel();
        let limit = deadline.since(self.pump.clock.now()).duration();
        for (place, check) in self.setup.checks.iter().enumerate() {
            let (health, cancel, sender) = (self.setup.health, &self.flags.checks, sender.clone());
            self.scope.spawn(move || {
                // The receiver is gone once the drill is given up.
                let _ = sender.send((place, health(check, limit, cancel)));
            });
        }
        outcomes
    }

    /// Reads the ledgers. The clients have ended.
    pub fn read_ledgers(&mut self) -> Result<(), Ending> {
        let setup = self.setup;
        for (load, (first_id, nonces)) in setup.drill.loads.iter().zip(self.first_ids.clone()) {
            if !load.kind.is_writes() {
                continue;
            }
            let ip = address(setup, &load.address)?.ip;
            let stop = Arc::new(AtomicBool::new(false));
            let told = Arc::clone(&stop);
            let thread = self.scope.spawn(move || {
                setup.provider.enter()?;
                let page = ledger::page(&load.kind)?.to_owned();
                let (numbers, limit) = (first_id..first_id + NUMBERS, LEDGER_LIMIT);
                let ledger = Ledger { ip, port: load.port, page, numbers, nonces, limit };
                read_ledger_apart(setup.program, ledger, &told)
            });
            // The reader enforces the limit itself.
            let grace = Nanos::from(LEDGER_LIMIT).plus(RECENT);
            let ledger = self.pump.await_thread(thread, "reading the ledger", grace, &stop)?;
            let (ids, failure) = match ledger.unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into())) {
                Ok(ids) => (ids, None),
                Err(error) => (Vec::new(), Some(error.to_string())),
            };
            self.pump.emit(What::Ledger { load: load.name.clone(), ids, failure });
        }
        Ok(())
    }
}

/// Whether an answer at this time is current.
pub fn fresh(clock: &crate::record::Clock, at: Nanos) -> bool {
    clock.now().since(at) <= RECENT
}

/// The end of a drill on a lab that is not in the steady state.
pub fn unsteady(reason: &str) -> Ending {
    Ending::Unsteady { reason: reason.to_owned() }
}
