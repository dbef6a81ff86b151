//! Drills: experiments on a running lab, with a steady state, clients, timed faults on roles, recovery, and a
//! report.
//!
//! A drill file becomes a [`crate::model::drill::Drill`]; the engine performs it and records every event
//! ([`crate::record`]); all figures are computed from that record afterwards ([`crate::report`]).
//!
//! Separate threads send requests ([`crate::probe`]), query the holder of the address on the wire ([`arp`])
//! and read the logs of nodes. Their events pass through one pump on the thread that called [`run`], which
//! also performs the stages and steps.

pub mod arp;
mod as_client;
pub(crate) mod ask;
pub mod calibrate;
pub mod capture;
mod engine;
mod file;
mod heal;
pub(crate) mod inspect;
pub(crate) mod lines;
mod live;
pub(crate) mod measure;
mod mirror;
mod pump;
mod ramp;
mod random;
pub mod raw;
pub(crate) mod replicas;
mod schedule;
mod setup;
mod signs;
mod simulated;
mod soak;
mod stages;
mod steps;
mod targets;
mod work;
mod writes;

pub use crate::record::Event;
pub use engine::run;
pub use file::{load, schema, sweep};
pub use random::seed_of_run;
pub use setup::{Failure, Heard, Setup};
pub use simulated::{Pace, simulate};
pub use soak::{LONGEST_SOAK, SHORTEST_SOAK, soak};
pub use writes::writes_there;
