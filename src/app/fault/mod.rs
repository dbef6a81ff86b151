//! `lab fault`: injects and heals single faults.

mod heal;
mod inject;
mod list;

pub use crate::fault::{KEYS, Key, Kind, Row, Said, all};
pub use heal::{Heal, HealFaults};
pub use inject::{Inject, Injected};
pub use list::{Active, Faults, List, Listed, Parameter};
