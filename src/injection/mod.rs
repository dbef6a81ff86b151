//! Injects faults into an instance and heals them, each with its proof.
//!
//! [`crate::fault`] decides what a fault comes to, [`crate::provider`] does it; this module keeps the order of things and the
//! [`Journal`], from which `lab heal` knows after a crash what is to be healed. Drills, `lab fault` and `lab heal` use it.

mod act;
mod journal;

pub use act::{Healed, InjectionError, heal, heal_all, inject};
pub use journal::{ActiveFault, Journal};
