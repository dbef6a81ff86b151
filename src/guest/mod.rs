//! Reaching a guest: its shell over SSH, its console, its line, and the health of what runs in it.

pub mod console;
pub mod health;
pub mod line;
mod ssh;
mod turn;

pub use ssh::{Limits, Output, Session, SshError, Target};
pub use turn::Turn;
