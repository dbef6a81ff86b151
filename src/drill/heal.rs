//! Whatever a drill did is healed: at the end, after an error, after Ctrl-C, after a panic, and, through the
//! journal, after a crash of this program.

use std::io;

use super::setup::Setup;
use crate::fault::Injection;
use crate::injection::{Healed, Journal, heal_all};
use crate::provider::Faults;

/// Keeps the journal of a drill. When it is dropped, everything in it is healed.
pub struct Healer<'a> {
    provider: &'a dyn Faults,
    by: String,
    /// What is to be healed.
    pub journal: Journal,
}

impl<'a> Healer<'a> {
    /// The healer of a drill.
    ///
    /// # Errors
    /// When the journal of an earlier one cannot be read.
    pub fn new(setup: &Setup<'a>) -> io::Result<Self> {
        let by = format!("drill {}", setup.drill.name);
        Ok(Self { provider: setup.provider, by, journal: Journal::open(setup.heal_file)? })
    }

    /// A fault is about to be injected. It must not be when this fails.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn begin(&mut self, injection: &Injection) -> io::Result<()> {
        self.journal.begin(injection, &self.by)
    }

    /// Heals everything; says of each fault whether that worked. What did not work stays in the journal.
    pub fn heal(&mut self) -> Vec<Healed> {
        heal_all(self.provider, &mut self.journal)
    }
}

impl Drop for Healer<'_> {
    fn drop(&mut self) {
        // Only a panic comes here with something to heal; whoever is to be told is gone.
        drop(self.heal());
    }
}
