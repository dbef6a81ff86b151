//! Applies a plan on behalf of an operation: with a journal, with events, and until it is cancelled.

use super::error::AppError;
use super::event::What;
use super::job::Job;
use crate::apply::{self, ApplyError, DEFAULT_WORKERS, Options, PlanJournal, RunHeader, Summary};
use crate::model::InstanceName;
use crate::plan::{Plan, Purpose};
use crate::provider::Provider;

/// Applies a plan. The instance must be locked.
///
/// # Errors
/// When the journal cannot be opened, a step fails, or the operation is cancelled.
pub fn apply(
    job: &Job,
    name: &InstanceName,
    plan: &Plan,
    provider: &dyn Provider,
    command: &str,
    keep: bool,
) -> Result<Summary, AppError> {
    Ok(run(job, name, plan, provider, command, keep)??)
}

/// As [`apply`], for a caller that needs the error of a plan that was begun.
///
/// # Errors
/// When the journal cannot be opened.
pub fn attempt(
    job: &Job,
    name: &InstanceName,
    plan: &Plan,
    provider: &dyn Provider,
    command: &str,
) -> Result<Result<Summary, ApplyError>, AppError> {
    run(job, name, plan, provider, command, false)
}

fn run(
    job: &Job,
    name: &InstanceName,
    plan: &Plan,
    provider: &dyn Provider,
    command: &str,
    keep: bool,
) -> Result<Result<Summary, ApplyError>, AppError> {
    job.at_risk(format!("parts of {name} may be left: `lab down {name}` takes them away"));
    let header = RunHeader::now(command, plan.purpose == Purpose::Fresh);
    let mut journal = PlanJournal::open(&job.state.instance(name), header)
        .map_err(|error| AppError::failed("the journal cannot be opened").because(error))?;
    let options =
        Options { workers: DEFAULT_WORKERS, keep, cancel: job.cancel(), journal: Some(&mut journal) };
    let tell = &mut |event: &apply::Event| {
        job.emit(What::Plan { instance: name.clone(), event: Box::new(event.clone()) });
    };
    Ok(apply::run(plan, provider, options, tell))
}
