//! Injects faults into an instance and heals them, each with its proof.
//!
//! [`crate::fault`] determines a fault's mechanism, and [`crate::provider`] performs it; this module enforces
//! the order, and keeps the [`FaultJournal`], from which `lab heal` knows after a crash which faults to heal.
//! Drills, `lab fault` and `lab heal` use it.

mod act;
pub(crate) mod journal;

pub use act::{Healed, InjectionError, heal, heal_all, inject};
pub use journal::{ActiveFault, FaultJournal};
