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

/// What a command of a client came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// What it printed.
    pub output: String,
    /// What it printed as errors.
    pub errors: String,
    /// Its exit status.
    pub status: i32,
}

/// Runs a command as a client of a simulated instance.
///
/// # Errors
/// When the instance is not simulated, or does not stand.
pub fn client(job: &Job, instance: Option<&InstanceName>, command: &[String]) -> Result<Answer, AppError> {
    let name = job.choose(instance)?;
    let instance = job.describe(&name)?;
    let sim = host(job, &instance)?.ok_or_else(|| AppError::failed(format!("`{name}` is not simulated")))?;
    let ran = sim.client(&instance.lab, command);
    let mut answer = Answer { status: ran.status, ..Answer::default() };
    for part in ran.parts {
        match part {
            Part::Out(text) => answer.output += &text,
            Part::Err(text) => answer.errors += &text,
            // A model's milliseconds are not worth waiting for.
            Part::Sleep(_) => {}
        }
    }
    Ok(answer)
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
