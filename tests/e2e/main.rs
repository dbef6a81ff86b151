//! End to end with real guests, as a user would do it: only the command is used, and only what it prints is read.
//!
//! They run with `HALAB_E2E=1` as root, which `sudo make test` sets.

#![expect(clippy::print_stderr, reason = "each command is told with its time, as these tests take minutes")]

mod checkpoint;
mod cluster;
mod crash;
mod faults;
mod fetched;
mod labs;
mod reach;
mod ready_made;
mod sandbox;
#[path = "../image/server.rs"]
#[expect(dead_code, reason = "the tests of fetching have worse servers")]
mod server;
mod side_by_side;
mod uplink;
