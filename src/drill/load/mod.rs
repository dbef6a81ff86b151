//! Clients: requests at fixed times through a virtual address, each on a connection of its own, each accounted for.
//!
//! Open loop. A client that waits for its answer before it asks again sends least while the service is down, and so
//! hides the outage it should measure; here request *k* is due at `first_due + k · interval` whatever happened
//! before, and its response time counts from then. One thread for each load does all of it with non-blocking sockets.

mod generator;
mod ledger;
mod request;
mod response;

pub use generator::{Clients, most_under_way};
pub use ledger::{read_ledger, written};
