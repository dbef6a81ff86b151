//! Clients: requests and packets at fixed times through a virtual address, each accounted for.
//!
//! Open loop. A client that waits for its answer before it asks again sends least while the service is down, and so
//! hides the outage it should measure; here request *k* is due at `first_due + k · interval` whatever happened
//! before, and its response time counts from then. One thread for each load does all of it with non-blocking sockets:
//! `requests` for what has a connection (HTTP, ledger, TCP), `packets` for what has none (ICMP, UDP), `sip` for what
//! telephones ask, `call` for what they say, `xmpp` for chat.

mod call;
mod clients;
mod outcome;
mod packets;
mod requests;
mod ring;
pub mod scheduling;
mod sip;
mod xmpp;

pub use clients::Clients;
pub use requests::{MOST_UNANSWERED, most_under_way, read_ledger, written};
