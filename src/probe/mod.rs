//! Clients: requests and packets at fixed times through a VIP, each of them accounted for.
//!
//! Open loop. A client that waits for its answer before it sends the next request sends least while the
//! service is down, and so hides the outage that it should measure. Here request *k* is due at `first_due + k
//! · interval` regardless of earlier requests, and its response time counts from then. One thread for each
//! load does all of it with non-blocking sockets.
//!
//! A kind of load is an implementation of [`Probe`] in a module of its own, and a row of the
//! [registry](KINDS): its keys in a drill file, how it is opened, its turn in the loop ([`Clients::run`]),
//! and its behaviour on a model of a cluster. It receives its sockets ([`sockets::Sockets`]) and reports
//! events only, so it needs no privileges: in a drill each load runs in a process that has none ([`apart`]).

pub(crate) mod apart;
pub mod call;
mod clients;
mod facts;
pub mod keys;
mod kind;
pub mod modelled;
mod outcome;
pub mod packets;
pub mod program;
mod registry;
pub(crate) mod ring;
pub mod scheduling;
pub mod sip;
mod sockets;
mod wait;
pub mod web;
pub mod xmpp;

pub use apart::{Ledger, intercept, read_ledger_apart, run_script_apart};
pub use clients::Clients;
pub use kind::{Patience, Probe, Row};
pub use registry::{KINDS, find, of};
pub use sockets::Here;
