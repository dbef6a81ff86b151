//! Kinds of loads whose requests are connections: pages over HTTP, writes, and connections alone.

pub mod http;
pub mod ledger;
mod pool;
mod request;
mod requests;
pub(crate) mod response;
pub mod tcp;
pub mod told;

pub use requests::{MOST_UNANSWERED, most_under_way};
