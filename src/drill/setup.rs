//! The environment of a drill.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::model::drill::{Drill, StackSetting};
use crate::model::spec::HealthCheck;
use crate::model::{Lab, NodeName};
use crate::provider::Provider;

/// An error of the drill's environment.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Waits until a health check holds, at most for this time or until the flag is set.
pub type Health<'a> = dyn Fn(&HealthCheck, Duration, &AtomicBool) -> Result<(), Failure> + Sync + 'a;

/// Runs a shell command in a node until it ends, its connection breaks, or the flag is set, and passes on its
/// output as it arrives. An error tells why it could not start or continue.
pub type Follow<'a> =
    dyn Fn(&NodeName, &str, &AtomicBool, &mut dyn FnMut(Heard<'_>)) -> Result<(), Failure> + Sync + 'a;

/// Runs a script in a node to its end, at most for this time or until the flag is set. An error tells why it
/// did not end with 0.
pub type RunScript<'a> = dyn Fn(&NodeName, &str, Duration, &AtomicBool) -> Result<(), Failure> + Sync + 'a;

/// Configures a stack on a node with other parameters, at most for this time or until the flag is set, and
/// returns what was done. An error tells why it could not be.
pub type SetStack<'a> =
    dyn Fn(&NodeName, &StackSetting, Duration, &AtomicBool) -> Result<String, Failure> + Sync + 'a;

/// Progress of a command in a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard<'a> {
    /// It has started.
    Opened,
    /// Its output.
    Bytes(&'a [u8]),
}

/// The environment of a drill, which does not depend on how guests are run or reached.
pub struct Setup<'a> {
    /// The running lab.
    pub lab: &'a Lab,
    /// The drill, which was checked against this lab.
    pub drill: &'a Drill,
    /// The seed of all random choices.
    pub seed: u64,
    /// Injects and heals faults, and knows the network namespaces of clients and captures.
    pub provider: &'a dyn Provider,
    /// The executable of `lab`, which runs each load and each watcher in a process without rights.
    pub program: &'a Path,
    /// The health checks of the lab.
    pub checks: &'a [HealthCheck],
    /// Runs them.
    pub health: &'a Health<'a>,
    /// Runs the scripts of steps.
    pub run: &'a RunScript<'a>,
    /// Configures stacks on nodes for steps.
    pub set: &'a SetStack<'a>,
    /// Reads the logs of nodes.
    pub follow: &'a Follow<'a>,
    /// The folder for captures of the lab's networks; none without captures.
    pub capture: Option<&'a Path>,
    /// The fault journal, with which a later process heals the faults after a crash of this one.
    pub heal_file: &'a Path,
    /// Set when the user wants to stop. Faults are healed even then.
    pub cancel: &'a AtomicBool,
}
