//! Drills: experiments on a lab that stands. Steady state, clients, timed faults on roles, recovery, and an
//! account.
//!
//! A drill file becomes a [`crate::model::drill::Drill`]; the engine performs it and writes down what
//! happens, event by event ([`crate::record`]); every figure is computed from that record afterwards
//! ([`crate::report`]).
//!
//! Threads of their own send requests ([`crate::probe`]), ask the wire who holds the address ([`arp`]) and
//! read what the nodes say. Their events pass through one pump on the thread that called [`run`], which also
//! does the stages and steps.

pub mod arp;
mod ask;
pub mod calibrate;
pub mod capture;
mod engine;
mod file;
mod heal;
mod inspect;
mod lines;
mod live;
mod measure;
mod mirror;
mod pump;
mod ramp;
mod random;
mod raw;
mod replicas;
mod schedule;
mod setup;
mod signs;
mod simulated;
mod soak;
mod stages;
mod steps;
mod targets;
mod work;

pub use crate::record::Event;
pub use engine::run;
pub use file::{load, schema, sweep};
pub use random::seed_of_run;
pub use setup::{Failure, Heard, Setup};
pub use simulated::{Pace, simulate};
pub use soak::{LONGEST_SOAK, SHORTEST_SOAK, soak};
