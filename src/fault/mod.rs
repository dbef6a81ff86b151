//! What faults there are, and what each comes to on the nodes of a lab.
//!
//! Pure. A [`Row`] of the catalogue and what was [`Said`] about it, in a drill file or on the command line, become a
//! [`Fault`] ([`build`]); a fault on a node of a lab becomes an [`Injection`] with its [`Mechanism`] ([`mechanism`]): the
//! one thing that a provider does, looks at and takes back. Who does it, and writes down what has to be healed, is
//! [`crate::injection`].
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

pub use catalogue::{Effect, Need, Row, Takes, all, effect, service, words};
pub use injection::{Injection, InjectionId, Look, Wanted};
pub use keys::{BadValue, KEYS, Key, Kind};
pub use mechanism::{Filter, How, Mechanism, Netem, Plug, Port, Scope, Traffic, Unfit};
pub use names::{Unknown, unknown_names};
pub use range::Range;
pub use said::{Said, build};
pub use scripts::Scripts;
pub use site::{Site, mechanism};
