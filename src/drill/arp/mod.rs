//! Who holds a virtual address, as the wire says it.
//!
//! Every few milliseconds it is asked by ARP who has the address, and all answers are collected: two
//! different ones to one question mean two holders. The questions come from nobody: their sender has no IP
//! address (as in RFC 5227) and an Ethernet address that exists nowhere and that counts the questions, so
//! each answer names its question, and no cache of any node or client learns anything from them. A client's
//! recovery is not made faster by being watched.

mod frame;
mod watcher;

pub use watcher::{Holders, Watcher};
