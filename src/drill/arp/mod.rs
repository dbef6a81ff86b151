//! The holder of a VIP, as observed on the wire.
//!
//! An ARP query for the address is sent every few milliseconds, and all answers are collected: two different
//! answers to one query mean two holders. The queries have no sender that exists: no IP address (as in RFC
//! 5227), and an unused Ethernet address that contains the number of the query. So each answer names its
//! query, and no cache of any node or client learns anything from them. Watching therefore does not speed up
//! the recovery of clients.

mod apart;
pub(crate) mod frame;
mod watcher;

pub use apart::{intercept, watch};
pub use watcher::{Holders, Watched};
