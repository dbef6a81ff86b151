//! Doing faults to an instance: written down before, proven after, and healed whatever happens in between.
//!
//! [`crate::fault`] says what a fault comes to, [`crate::provider`] does it; here is the order of things, and the
//! [`Journal`] from which whoever comes after a crash of this program knows what to heal. Drills use it, and `lab fault`
//! and `lab heal`.

mod act;
mod journal;

pub use act::{Healed, Injected, SabotageError, heal, heal_all, inject};
pub use journal::{Entry, Journal};
