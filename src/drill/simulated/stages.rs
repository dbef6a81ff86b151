//! Before the steps: the steady state and measurements. After them: the goals to wait for.

use std::time::Duration;

use super::Simulation;
use crate::drill::stages::{RECENT, unsteady};
use crate::model::drill::{Load, SettleGoal};
use crate::model::spec::HealthCheck;
use crate::model::{AddressName, Manager, Measure, MeasureKind, NodeName, Ramp, keeps_up};
use crate::record::{Ending, MeasuredRun, Nanos, What};

/// How long the service must answer without a failure after a ramp.
const REST: Nanos = Nanos::millis(2000);

/// Throughput of a node's disk and memory, in MiB/s: a write until it returns, until it is on the disk, and
/// reads.
const RETURNED: u64 = 280;
const FLUSHED: u64 = 38;
const READ_DISK: u64 = 210;
const READ_MEMORY: u64 = 2900;

/// The delay between the end of a measurement and its report.
const HEARD: Nanos = Nanos::millis(30);

/// The pause between two measurements.
const BETWEEN: Nanos = Nanos::millis(400);

impl Simulation<'_> {
    /// Waits until every health check holds and a node answers for each address.
    pub fn steady(&mut self) -> Result<(), Ending> {
        let setup = self.setup;
        let deadline = self.now.plus(setup.drill.steady.within.into());
        self.pass_time(Nanos::millis(200))?;
        if !self.all_healthy(deadline)? {
            return Err(unsteady("the lab was not healthy before the drill"));
        }
        for name in setup.drill.addresses() {
            if self.wait(Some(deadline), |own| own.held(name))?.is_none() {
                return Err(unsteady(&format!("no node answered for {name} before the drill")));
            }
        }
        Ok(())
    }

    /// The node that currently answers for an address.
    pub fn held(&self, address: &AddressName) -> Option<NodeName> {
        let (node, at) = self.holders.get(address)?;
        (self.now.since(*at) <= RECENT).then(|| node.clone())
    }

    /// Waits until the service has run without a failure for the length of the baseline.
    pub fn baseline(&mut self) -> Result<(), Ending> {
        let (begun, steady) = (self.now, &self.setup.drill.steady);
        let wanted = Nanos::from(steady.baseline);
        let deadline = begun.plus(wanted).plus(steady.within.into());
        let calm = |own: &mut Self| (own.live.calm_since(begun) >= wanted).then_some(());
        match self.wait(Some(deadline), calm)? {
            Some(()) => Ok(()),
            None => Err(unsteady("requests failed before anything was done to the lab")),
        }
    }

    /// Runs all health checks until each holds, and reports for each whether it did by the deadline.
    fn all_healthy(&mut self, deadline: Nanos) -> Result<bool, Ending> {
        let mut open: Vec<&HealthCheck> = self.setup.checks.iter().collect();
        self.wait(Some(deadline), |own| {
            let (well, ill): (Vec<_>, Vec<_>) =
                open.drain(..).partition(|check| own.cluster.health(check).is_ok());
            for check in well {
                let source = check.probe.source();
                own.emit(What::Check { title: check.title.clone(), failure: None, source });
            }
            open = ill;
            open.is_empty().then_some(())
        })?;
        for check in &open {
            let failure = self.cluster.health(check).err();
            let source = check.probe.source();
            self.emit(What::Check { title: check.title.clone(), failure, source });
        }
        Ok(open.is_empty())
    }

    /// Waits for the goals of the settle table, and returns the deadline of the whole stage.
    pub fn settle(&mut self) -> Result<Nanos, Ending> {
        let settle = &self.setup.drill.settle;
        let deadline = self.now.plus(settle.within.into());
        for goal in &settle.until {
            let reached = match goal {
                SettleGoal::Redundant => self.all_healthy(deadline)?,
                SettleGoal::FailedBack => self.failed_back(deadline)?,
            };
            self.emit(What::Goal { goal: *goal, reached });
        }
        Ok(deadline)
    }

    fn failed_back(&mut self, deadline: Nanos) -> Result<bool, Ending> {
        for name in self.setup.drill.addresses() {
            let manager = Manager::of(self.setup.lab, name).filter(|manager| manager.fails_back);
            let Some(manager) = manager else { continue };
            let home = |own: &mut Self| own.held(name).filter(|node| node == manager.preferred());
            if self.wait(Some(deadline), home)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Lets the service run without a failure for a while, then ends the loads.
    pub fn calm(&mut self, deadline: Nanos) -> Result<(), Ending> {
        let (begun, wanted) = (self.now, Nanos::from(self.setup.drill.settle.calm));
        let deadline = deadline.max(begun).plus(wanted);
        self.wait(Some(deadline), |own| (own.live.calm_since(begun) >= wanted).then_some(()))?;
        self.end_clients();
        Ok(())
    }

    /// Performs all measurements one after the other.
    pub fn measure(&mut self) -> Result<(), Ending> {
        for measure in &self.setup.drill.measures {
            let node = self.held(&measure.holder);
            let node = node.ok_or_else(|| given_up(&format!("no node answers for {}", measure.holder)))?;
            for run in 1..=measure.times {
                let result = self.measured(measure, &node);
                self.pass_time(result.heard)?;
                let (measure, node) = (measure.name.clone(), node.clone());
                let result = Some(result);
                self.emit(What::Measured { measure, node, run, result, failure: None });
                self.pass_time(BETWEEN)?;
            }
        }
        Ok(())
    }

    fn measured(&mut self, measure: &Measure, node: &NodeName) -> MeasuredRun {
        let mut at = |rate: u64| {
            let span = Duration::from_nanos(measure.size.0.saturating_mul(1000) / (rate << 20) * 1_000_000);
            Nanos::from(self.dice.about(span))
        };
        let (returned, ended) = match measure.kind {
            MeasureKind::Write => (at(RETURNED), at(FLUSHED)),
            MeasureKind::WriteAndFlush => (at(FLUSHED), Nanos(0)),
            MeasureKind::ReadMemory => (at(READ_MEMORY), Nanos(0)),
            MeasureKind::ReadDisk => (at(READ_DISK), Nanos(0)),
        };
        let ended = returned.max(ended);
        let mirrored = self.cluster.layout().mirrored(node);
        MeasuredRun { returned, ended, heard: ended.plus(HEARD), in_sync: mirrored.then_some(true) }
    }

    /// Performs all ramps one after the other.
    pub fn ramps(&mut self) -> Result<(), Ending> {
        for ramp in &self.setup.drill.ramps {
            for rate in ramp.rates() {
                if !self.ramp_step(ramp, rate)? {
                    break;
                }
            }
            let begun = self.now;
            let deadline = begun.plus(self.setup.drill.steady.within.into());
            let rested = |own: &mut Self| (own.live.calm_since(begun) >= REST).then_some(());
            if self.wait(Some(deadline), rested)?.is_none() {
                return Err(given_up("the service did not recover from a ramp"));
            }
        }
        Ok(())
    }

    fn ramp_step(&mut self, ramp: &Ramp, rate: u32) -> Result<bool, Ending> {
        let load = Load { rate, ..ramp.load.clone() };
        let ip = self.address_of(&load)?;
        let first_due = self.now.plus(crate::drill::engine::LEAD);
        self.live.count(&load.name);
        self.emit(What::RampStep { ramp: load.name.clone(), rate, first_due });
        let place = self.begin_load(load, ip, first_due, 0)?;
        let end = first_due.plus(ramp.every.into());
        let result = self.wait(Some(end), |_| None::<()>);
        self.end_loads(|own| own == place);
        result?;
        let (answered, offered) = self.live.counted();
        Ok(keeps_up(answered, offered))
    }
}

pub fn given_up(reason: &str) -> Ending {
    Ending::GivenUp { reason: reason.to_owned() }
}
