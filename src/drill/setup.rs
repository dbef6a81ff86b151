//! What a drill is performed with.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::model::drill::Drill;
use crate::model::spec::HealthCheck;
use crate::model::{Lab, NodeName};
use crate::provider::Provider;

/// Why something that the drill was given to do things with could not do it.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Waits until a health check holds, at most so long, or until the flag is set.
pub type Health<'a> = dyn Fn(&HealthCheck, Duration, &AtomicBool) -> Result<(), Failure> + Sync + 'a;

/// Runs a shell command in a node until it ends, its connection breaks, or the flag is set, and hands on what
/// it prints as it comes. An error says why it could not begin or did not go on.
pub type Follow<'a> =
    dyn Fn(&NodeName, &str, &AtomicBool, &mut dyn FnMut(Heard<'_>)) -> Result<(), Failure> + Sync + 'a;

/// What is heard of a command in a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard<'a> {
    /// It has begun.
    Opened,
    /// It printed this.
    Bytes(&'a [u8]),
}

/// Everything that a drill needs. It knows nothing of how guests are run or reached.
pub struct Setup<'a> {
    /// The lab, which stands.
    pub lab: &'a Lab,
    /// The drill, which was checked against this lab.
    pub drill: &'a Drill,
    /// What every random choice comes from.
    pub seed: u64,
    /// Does faults and heals them, and knows where clients and captures stand.
    pub provider: &'a dyn Provider,
    /// The health checks of the lab.
    pub checks: &'a [HealthCheck],
    /// Asks them.
    pub health: &'a Health<'a>,
    /// Reads the logs of nodes.
    pub follow: &'a Follow<'a>,
    /// The folder that what passes on the lab's networks is written into; none if it is not.
    pub capture: Option<&'a Path>,
    /// Where it is written down what has to be switched on again, for whoever comes after a crash of this
    /// program.
    pub heal_file: &'a Path,
    /// Set when the user wants to stop. What was cut is switched on again even then.
    pub cancel: &'a AtomicBool,
}
