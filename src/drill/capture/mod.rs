//! What passes on the networks of a lab while a drill goes on, for Wireshark and its like.

mod pcap;
mod recorder;

pub use recorder::{Recorder, SNAP};
