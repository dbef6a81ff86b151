//! Captures the traffic on the networks of a lab during a drill, for Wireshark and similar tools.

mod pcap;
mod recorder;

pub use recorder::{Recorder, SNAP};
