//! `lab serve` as browsers and programs meet it, on the simulated provider.

mod access;
mod class;
mod class_kept;
mod hostile;
mod life;
mod look;
mod regrade;
mod server;
mod ssh;
mod streams;
mod tls;
