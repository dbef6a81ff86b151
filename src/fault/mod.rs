//! Faults and their mechanisms on the nodes of a lab.
//!
//! Pure. [`build`] makes a [`Fault`] from a [`Row`] of the catalogue and the values [`Said`] about it in a
//! drill file or on the command line. An [`Injection`] is a fault on a node of a lab with its [`Mechanism`]
//! ([`mechanism`]): the operation that a provider injects, observes and heals. [`crate::injection`] performs
//! it and keeps the fault journal.
//!
//! [`Fault`]: crate::model::fault::Fault

mod catalogue;
mod injection;
pub mod keys;
mod mechanism;
mod names;
pub mod proof;
mod range;
pub mod rules;
mod said;
mod scripts;
mod site;

pub use catalogue::{FaultEffect, Need, Row, Takes, all, effect, service, words};
pub use injection::{Goal, Injection, InjectionId, Look};
pub use keys::{BadValue, KEYS, Key, Kind};
pub use mechanism::{Filter, How, Mechanism, Netem, Plug, Port, Scope, Traffic, Unfit};
pub use names::{Unknown, unknown_names};
pub use range::Range;
pub use said::{Said, build};
pub use scripts::Scripts;
pub use site::{Site, mechanism};
