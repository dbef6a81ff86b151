//! Reaching a guest: its shell over SSH (kept open by a keeper), its console, its line, and the health of
//! what runs in it.

pub mod console;
mod error;
pub mod fetch;
pub mod health;
pub mod keeper;
mod libraries;
pub mod line;
mod ssh;
mod transfer;
mod turn;
mod watchdog;

pub use error::{Limits, SshError};
pub use libraries::libraries;
pub use ssh::{Output, Target};
pub use turn::Turn;
