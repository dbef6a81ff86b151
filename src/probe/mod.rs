//! Clients: requests and packets at fixed times through a virtual address, each accounted for.
//!
//! Open loop. A client that waits for its answer before it asks again sends least while the service is down,
//! and so hides the outage it should measure; here request *k* is due at `first_due + k · interval` whatever
//! happened before, and its response time counts from then. One thread for each load does all of it with
//! non-blocking sockets.
//!
//! A kind of load is an implementation of [`Probe`] in a module of its own, and a row of the
//! [registry](KINDS): its keys in a drill file, how it is opened, what it does at each turn of the loop
//! ([`Clients::run`]), and how it fares on a model of a cluster. It gets its sockets passed in
//! ([`sockets::Sockets`]) and speaks by events only, so that it needs no rights.

pub mod call;
mod clients;
mod facts;
pub mod keys;
mod kind;
pub mod modelled;
mod outcome;
pub mod packets;
mod registry;
mod ring;
pub mod scheduling;
pub mod sip;
mod sockets;
mod wait;
pub mod web;
pub mod xmpp;

pub use clients::Clients;
pub use kind::{Patience, Probe, Row};
pub use registry::{KINDS, find, of};
pub use sockets::Here;
