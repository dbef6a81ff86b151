//! `lab serve` as browsers and programs meet it, on the simulated provider.

mod access;
mod class;
mod class_kept;
mod hostile;
mod life;
mod server;
mod streams;
mod tls;
