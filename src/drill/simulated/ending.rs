//! The end: ledgers are read, nodes are inspected, and faults are healed.

use super::Simulation;
use crate::base::failure::chain;
use crate::drill::engine::NUMBERS;
use crate::drill::inspect::judged;
use crate::drill::replicas::keepers;
use crate::model::Mirror;
use crate::model::drill::Invariant;
use crate::probe::web::ledger;
use crate::record::{Deviation, Ending, Facts, Moment, Nanos, What};

/// How long replicas may take to become equal.
const CATCH_UP: Nanos = Nanos::millis(15_000);

/// The uncertainty of a correct clock: half the duration of a query.
const CLOCK_ERROR: Nanos = Nanos::millis(15);

impl Simulation<'_> {
    /// Reads the ledgers.
    pub fn read_ledgers(&mut self) {
        let setup = self.setup;
        for (load, first) in setup.drill.loads.iter().zip(self.first_ids.clone()) {
            if !load.kind.is_writes() {
                continue;
            }
            let ip = setup.lab.address(&load.address).map(|address| address.ip);
            let read = ip.ok_or_else(|| "it has no address".to_owned());
            let page = ledger::page(&load.kind).map_err(|error| error.to_string());
            let read = read.and_then(|ip| self.cluster.read(page?, ip));
            let (ids, failure) = match read {
                Ok(ids) => {
                    (ids.into_iter().filter(|id| (first..first + NUMBERS).contains(id)).collect(), None)
                }
                Err(failure) => (Vec::new(), Some(failure)),
            };
            self.emit(What::Ledger { load: load.name.clone(), ids, failure });
        }
    }

    fn judges(&self, invariant: Invariant) -> bool {
        self.setup.drill.invariants.contains(&invariant)
    }

    /// Queries the replica of every node until all are equal or the time is up.
    ///
    /// # Errors
    /// The user stops the drill.
    pub fn compare_replicas(&mut self) -> Result<(), Ending> {
        if !self.judges(Invariant::ReplicasEqual) {
            return Ok(());
        }
        let nodes = keepers(self.setup.lab);
        let deadline = self.now.plus(CATCH_UP);
        self.wait(Some(deadline), |own| {
            let copies: Vec<_> = nodes.iter().map(|node| own.cluster.replica(node)).collect();
            copies.windows(2).all(|pair| pair[0].is_ok() && pair[0] == pair[1]).then_some(())
        })?;
        for node in nodes {
            let (parts, failure) = match self.cluster.replica(node) {
                Ok(parts) => (parts, None),
                Err(failure) => (std::collections::BTreeMap::new(), Some(failure)),
            };
            self.emit(What::Replica { node: node.clone(), parts, failure });
        }
        Ok(())
    }

    /// Inspects all nodes, if an invariant of the drill is judged by that.
    pub fn inspect(&mut self, moment: Moment) {
        if !self.setup.drill.invariants.iter().any(|invariant| judged(*invariant, moment)) {
            return;
        }
        for node in &self.setup.lab.nodes {
            let (facts, failure) = match self.cluster.looks(&node.name) {
                Ok(looks) => {
                    let clock = Deviation { distance: looks.behind.into(), error: CLOCK_ERROR };
                    let (addresses, mounted) = (looks.addresses, looks.mounted);
                    (Some(Facts { addresses, mounted, clock, ..Facts::default() }), None)
                }
                Err(failure) => (None, Some(failure)),
            };
            self.emit(What::Inspected { node: node.name.clone(), moment, facts, failure });
        }
    }

    /// Compares the disks of each mirror.
    pub fn compare_mirrors(&mut self) {
        if !self.judges(Invariant::DisksEqual) {
            return;
        }
        for Mirror { nodes, .. } in self.setup.lab.mirrors() {
            let difference = self.cluster.mirror_difference(&nodes);
            self.emit(What::Mirror { nodes, difference, failure: None });
        }
    }

    /// The end of every drill, successful or not.
    pub fn finish(&mut self, ending: Ending) -> Ending {
        for healed in self.healer.heal() {
            let failure = healed.result.err().map(|error| chain(&error));
            if failure.is_none() {
                self.cluster.heal(&healed.injection);
            }
            let (node, fault) = (healed.injection.node, Some(healed.injection.fault));
            self.emit(What::Healed { node, fault, failure });
        }
        self.end_clients();
        self.watching = false;
        while !self.rounds.is_empty() {
            self.close_round();
        }
        self.emit(What::Ended { ending: ending.clone() });
        ending
    }
}
