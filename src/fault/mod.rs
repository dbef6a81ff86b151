//! What faults there are, and what each comes to on the nodes of a lab.
//!
//! Pure. A [`Word`] and [`Keys`], from a drill file or the command line, become a [`Fault`] ([`build`]); a fault on a node
//! of a lab becomes an [`Injection`] with its [`Measure`] ([`measure`]): the one thing that a provider does, looks at and
//! takes back. Who does it, and writes down what has to be healed, is [`crate::sabotage`].
//!
//! [`Fault`]: crate::model::fault::Fault

mod build;
mod injection;
mod keys;
mod measure;
mod names;
pub mod proof;
pub mod rules;
mod scripts;
mod word;

pub use build::{Problem, build};
pub use injection::{Injection, InjectionId, Look, Wanted};
pub use keys::{Key, Keys};
pub use measure::{Filter, How, Measure, Netem, Plug, Port, Scope, Traffic, Unfit, measure};
pub use names::{Unknown, unknown_names};
pub use scripts::Scripts;
pub use word::{Entry, Need, Word};
