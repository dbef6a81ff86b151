//! Applying a plan on behalf of a command: with journal, progress, and Ctrl-C.

use std::sync::atomic::AtomicBool;

use super::context::Context;
use super::error::CliError;
use super::interrupt;
use super::progress::Follower;
use crate::apply::{self, ApplyError, DEFAULT_WORKERS, Header, Journal, Options, Summary};
use crate::model::InstanceName;
use crate::plan::{Plan, Purpose};
use crate::provider::Provider;

/// Applies a plan. The instance must be locked.
///
/// # Errors
/// When the journal cannot be opened, a step fails, or the user stops it.
pub fn plan(
    context: &Context,
    name: &InstanceName,
    plan: &Plan,
    provider: &dyn Provider,
    command: &str,
    keep: bool,
) -> Result<Summary, CliError> {
    until(context, name, plan, provider, command, keep, interrupt::flag())
}

/// As [`plan`], for a caller that wants to know what went wrong in a plan that could be begun.
///
/// # Errors
/// When the journal cannot be opened.
pub fn attempt(
    context: &Context,
    name: &InstanceName,
    plan: &Plan,
    provider: &dyn Provider,
    command: &str,
) -> Result<Result<Summary, ApplyError>, CliError> {
    perform(context, name, plan, provider, command, false, interrupt::flag())
}

/// As [`plan`], with a flag of one's own that stops it.
///
/// # Errors
/// The same.
pub fn until(
    context: &Context,
    name: &InstanceName,
    plan: &Plan,
    provider: &dyn Provider,
    command: &str,
    keep: bool,
    cancel: &AtomicBool,
) -> Result<Summary, CliError> {
    Ok(perform(context, name, plan, provider, command, keep, cancel)??)
}

fn perform(
    context: &Context,
    name: &InstanceName,
    plan: &Plan,
    provider: &dyn Provider,
    command: &str,
    keep: bool,
    cancel: &AtomicBool,
) -> Result<Result<Summary, ApplyError>, CliError> {
    interrupt::listen(format!("parts of {name} may be left: `lab down {name}` takes them away"))?;
    let header = Header::now(command, plan.purpose == Purpose::Fresh);
    let mut journal = Journal::open(&context.state.instance(name), header)
        .map_err(|error| CliError::failed("the journal cannot be opened").because(error))?;
    let options = Options { workers: DEFAULT_WORKERS, keep, cancel, journal: Some(&mut journal) };
    let mut follower = Follower::new(&context.ui);
    let result = apply::run(plan, provider, options, &mut |event| follower.event(event));
    drop(follower);
    Ok(result)
}
