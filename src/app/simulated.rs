//! Shells and clients of simulated instances: a model answers.

use std::time::{Duration, Instant};

use super::error::{AppError, ErrorKind};
use super::job::Job;
use crate::instance::{Instance, ProviderKind};
use crate::model::{InstanceName, NodeName};
use crate::provider::sim::{Part, Ran, Sim};

/// How long one wait lasts before the wish to stop is looked at.
const TICK: Duration = Duration::from_millis(50);

/// Whether the instance that is meant is simulated.
///
/// # Errors
/// When none is meant, or its description cannot be read.
pub fn is_simulated(job: &Job, instance: Option<&InstanceName>) -> Result<bool, AppError> {
    Ok(job.provider_of(&job.choose(instance)?)? == ProviderKind::Sim)
}

/// The simulated host of an instance; none of one that has guests.
///
/// # Errors
/// When it cannot be read.
pub(super) fn host(job: &Job, instance: &Instance) -> Result<Option<Sim>, AppError> {
    if instance.provider != ProviderKind::Sim {
        return Ok(None);
    }
    let sim = Sim::open(&job.state, &instance.name)
        .map_err(|error| AppError::failed("the simulated host cannot be read").because(error))?;
    Ok(Some(sim.with_lab(Some(instance.lab.clone()))))
}

/// Runs a line on a node, for so long at most, hands on what it prints, and gives its exit status.
///
/// # Errors
/// When the node does not answer, the time is over, or the operation is to stop.
pub(super) fn shell(
    job: &Job,
    sim: &Sim,
    node: &NodeName,
    line: &str,
    limit: Duration,
    hear: &mut dyn FnMut(&[u8]),
) -> Result<i32, AppError> {
    let Ran { parts, status, .. } = sim.shell(node, line)?;
    let end = Instant::now().checked_add(limit);
    for part in parts {
        match part {
            Part::Out(text) | Part::Err(text) => hear(text.as_bytes()),
            Part::Sleep(span) if !sleep(job, span, end)? => {
                let why = std::io::Error::from(std::io::ErrorKind::TimedOut);
                return Err(AppError::failed(format!("{node} does not answer")).because(why));
            }
            Part::Sleep(_) => {}
        }
    }
    Ok(status)
}

/// Waits for so long; whether that was over before the end.
fn sleep(job: &Job, span: Duration, end: Option<Instant>) -> Result<bool, AppError> {
    let begun = Instant::now();
    while begun.elapsed() < span {
        if job.asked_to_stop() {
            return Err(AppError::new(ErrorKind::Interrupted, "stopped"));
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            return Ok(false);
        }
        std::thread::sleep(span.saturating_sub(begun.elapsed()).min(TICK));
    }
    Ok(true)
}
