//! Shells and clients of simulated instances, whose answers come from a model.

use std::time::{Duration, Instant};

use super::error::{AppError, ErrorKind};
use super::job::Job;
use crate::model::{InstanceName, NodeName};
use crate::provider::{Model, Part, Ran};

/// How long one wait lasts before cancellation is checked.
const TICK: Duration = Duration::from_millis(50);

/// Whether the chosen instance is simulated.
///
/// # Errors
/// When no instance can be chosen, or its description cannot be read.
pub fn is_simulated(job: &Job, instance: Option<&InstanceName>) -> Result<bool, AppError> {
    Ok(!job.capabilities(&job.choose(instance)?)?.machines)
}

/// Runs a line on a node within a time limit, passes on its output, and returns its exit status.
///
/// # Errors
/// When the node does not answer, the limit is exceeded, or the operation is cancelled.
pub(super) fn shell(
    job: &Job,
    model: &dyn Model,
    node: &NodeName,
    line: &str,
    limit: Duration,
    hear: &mut dyn FnMut(&[u8]),
) -> Result<i32, AppError> {
    let Ran { parts, status, .. } = model.run(node, line)?;
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

/// Waits for a duration; returns whether the wait was cut short.
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
