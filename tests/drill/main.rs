//! Drills against real sockets, real network namespaces and real ARP; no guests. And their figures, from records
//! whose truth is known.

#![expect(clippy::print_stderr, reason = "a test that cannot be done here says so")]

mod alarms;
mod arp;
mod calibrate;
mod calls;
mod capture;
mod chat;
mod chatroom;
mod cluster;
mod compare;
mod engine;
mod exchange;
mod expected;
mod fencing;
mod figures;
mod files;
mod golden;
mod load;
mod measures;
mod mirror;
mod namespace;
mod probes;
mod ramps;
mod replicas;
mod series;
mod server;
mod sip;
mod sipp;
mod soak;
mod sweep;
mod switchboard;
mod synthetic;
mod talking;
mod told;
mod voices;
