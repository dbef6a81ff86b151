//! `lab serve` as browsers and programs meet it, on the simulated provider.

mod access;
mod class;
mod hostile;
mod life;
mod regrade;
mod server;
mod streams;
mod tls;
