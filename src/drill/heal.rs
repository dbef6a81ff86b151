//! Heals all faults of a drill: at its end, after an error, after Ctrl-C, after a panic and, through the
//! journal, after a crash of this program.

use std::io;

use super::setup::Setup;
use crate::fault::Injection;
use crate::injection::{FaultJournal, Healed, heal_all};
use crate::provider::Faults;

/// Owns the journal of a drill. When it is dropped, every fault in it is healed.
pub struct Healer<'a> {
    provider: &'a dyn Faults,
    by: String,
    /// The fault journal.
    pub journal: FaultJournal,
}

impl<'a> Healer<'a> {
    /// Opens the healer of a drill.
    ///
    /// # Errors
    /// The journal of an earlier drill cannot be read.
    pub fn new(setup: &Setup<'a>) -> io::Result<Self> {
        let by = format!("drill {}", setup.drill.name);
        Ok(Self { provider: setup.provider, by, journal: FaultJournal::open(setup.heal_file)? })
    }

    /// Enters a fault before it is injected. It must not be injected when this fails.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub fn begin(&mut self, injection: &Injection) -> io::Result<()> {
        self.journal.begin(injection, &self.by)
    }

    /// Heals all faults and returns the result for each. Faults that could not be healed stay in the journal.
    pub fn heal(&mut self) -> Vec<Healed> {
        heal_all(self.provider, &mut self.journal)
    }
}

impl Drop for Healer<'_> {
    fn drop(&mut self) {
        // Faults are left here only after a panic, when there is no receiver for the results.
        drop(self.heal());
    }
}
