//! `lab serve` as browsers and programs meet it, on the simulated provider.

mod access;
mod class;
mod class_kept;
#[path = "../disks/mod.rs"]
mod disks;
mod hostile;
mod life;
mod limits;
mod look;
mod regrade;
mod server;
mod ssh;
mod streams;
mod student;
mod tls;
