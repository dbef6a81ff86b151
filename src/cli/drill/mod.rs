//! Drills on an instance: finding one, performing it once or again and again, telling about it, and reading its record.

mod calibrations;
mod find;
mod group;
mod hands;
mod last;
mod perform;
mod records;
mod repeat;
mod service;
mod sweep;
mod tell;

use std::path::PathBuf;

pub use calibrations::report_calibration;
pub use find::{all, one, part};
pub use group::group;
pub use last::{Last, last};
pub use perform::{Order, heal, journal, perform};
pub use records::{chosen, newest_of_each, report};
pub use repeat::Repeat;
pub use sweep::{Swept, sweep};

use super::context::Context;
use crate::model::InstanceName;

/// The name of the file in an instance's folder that says what has to be healed.
pub const HEAL_FILE: &str = "heal.json";

/// Where it is written down what has to be healed.
pub fn heal_file(context: &Context, name: &InstanceName) -> PathBuf {
    context.state.instance(name).join(HEAL_FILE)
}
