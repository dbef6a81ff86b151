//! A soak: the loads of a drill without any fault. Every failure and takeover in it is a false one.

use super::engine::Engine;
use crate::model::Millis;
use crate::model::drill::Drill;
use crate::record::{Ending, Nanos};

/// The drill's name in records of soaks, so that a soak is not mistaken for a run of the drill that provides
/// its loads.
pub const SOAK: &str = "soak";

/// The shortest useful soak.
pub const SHORTEST_SOAK: Millis = Millis::seconds(5);

/// The longest soak.
pub const LONGEST_SOAK: Millis = Millis::seconds(7 * 24 * 3600);

/// A soak with the steady state, the loads and the invariants of a drill.
///
/// # Panics
/// If [`SOAK`] were not a valid name of a drill.
pub fn soak(drill: &Drill, length: Millis) -> Drill {
    Drill {
        name: SOAK.parse().expect("a name of a drill"),
        title: format!("The loads of {} for {length}, and nothing is done to the lab", drill.name),
        steps: Vec::new(),
        measures: Vec::new(),
        ramps: Vec::new(),
        expect: Vec::new(),
        expected_violations: Vec::new(),
        soak: Some(length),
        ..drill.clone()
    }
}

/// How long the loads of a soak that takes the lab as it finds it run before they count: guests that were
/// just restored answer their first requests late, and clients may remember another holder of an address.
pub const SETTLING: Nanos = Nanos::millis(10_000);

impl Engine<'_, '_, '_> {
    /// Lets the loads run for a while, regardless of failures.
    pub fn settle_in(&mut self) -> Result<(), Ending> {
        let end = self.pump.clock.now().plus(SETTLING);
        self.pump.wait(Some(end), |_| None::<()>).map(drop)
    }

    /// Runs the loads for this time regardless of failures, and ends them.
    pub fn soak(&mut self, length: Millis) -> Result<(), Ending> {
        let end = self.pump.clock.now().plus(Nanos::from(length));
        self.pump.wait(Some(end), |_| None::<()>)?;
        self.end_clients();
        Ok(())
    }
}
