//! Drills with real sockets, real network namespaces and real ARP, but without guests. And their figures,
//! from records whose truth is known.

mod alarms;
mod answers;
mod apart;
mod arp;
mod calibrate;
mod calls;
mod capture;
mod chat;
mod chatroom;
mod cluster;
mod compare;
#[path = "../disks/mod.rs"]
mod disks;
mod engine;
mod exchange;
mod expected;
mod fencing;
mod figures;
mod files;
mod forged;
mod full_disk;
mod golden;
mod judged;
mod load;
mod measures;
mod mirror;
mod namespace;
mod overload;
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
mod whose;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The executable that runs loads.
fn program() -> &'static std::path::Path {
    env!("CARGO_BIN_EXE_lab").as_ref()
}

/// Held by each test that measures time, because two at once would disturb each other.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does a test of timing up to three times: another program of the machine can disturb one run. A mistake of
/// ours is in all of them.
fn undisturbed(test: impl Fn() + std::panic::RefUnwindSafe) {
    for _ in 1..3 {
        if std::panic::catch_unwind(&test).is_ok() {
            return;
        }
    }
    test();
}
