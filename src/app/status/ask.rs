//! Queries for the status: each on a thread of its own, because a dead node shows only by a timeout.

use std::time::Duration;

use super::answers::{Answers, Health};
use super::listing::{self, Heard, Told};
use super::{FaultStatus, Status};
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::{faults, provider};
use crate::apply;
use crate::base::{limit, threads};
use crate::guest::{Limits, SshError};
use crate::instance::Instance;
use crate::model::spec::HealthCheck;
use crate::model::{InstanceName, Node, NodeName};
use crate::plan::Action;
use crate::provider::{Model, Provider, Reach};
use crate::work;
use crate::work::ProviderError;

/// How long a service or a node may take to answer. A healthy service answers at once; an emulated node needs
/// seconds for an SSH handshake.
const LIMIT: Duration = Duration::from_secs(15);

/// Queries the whole status of an instance.
///
/// # Errors
/// When it has no description, or its host refuses the query.
pub fn ask(job: &Job, name: &InstanceName) -> Result<Status, AppError> {
    let instance = job.describe(name)?;
    let answers = answers(job, &instance)?;
    // Not a part of the answers: a watch would report each page of memory and each frame as a change.
    let provider = provider::of(job, &instance)?;
    let mut status = Status { memory: provider.memory(), ..answers.status(&instance) };
    let dropped = provider.dropped();
    for node in &mut status.nodes {
        node.dropped = dropped.iter().find(|(name, _)| name.as_str() == node.node).map(|(_, sum)| *sum);
    }
    Ok(status)
}

/// Queries the host, and then all nodes and services of an instance at the same time.
///
/// # Errors
/// When its host refuses the query.
pub fn answers(job: &Job, instance: &Instance) -> Result<Answers, AppError> {
    let provider = provider::of(job, instance)?;
    let mut answers = around(job, instance, provider.as_ref())?;
    if let Some(model) = provider.model() {
        ask_model(&mut answers, instance, model);
        return Ok(answers);
    }
    let running: Vec<&Node> = instance.lab.nodes.iter().filter(|node| answers.runs(&node.name)).collect();
    let checks = if answers.alive() { instance.desired.checks.as_slice() } else { &[] };
    let (nodes, health) = std::thread::scope(|scope| {
        let nodes = scope.spawn(|| listed(job, instance, provider.as_ref(), running));
        let health = |check| Health::of(trouble(job, provider.as_ref(), check, &answers, LIMIT));
        let asked: Vec<_> = checks.iter().map(|check| scope.spawn(move || health(check))).collect();
        let health = asked.into_iter().map(threads::end).collect();
        (threads::end(nodes), health)
    });
    answers.health = health;
    for (node, listed) in nodes {
        match listed {
            Ok(told) => told.into_iter().for_each(|told| answers.hear(&node, told)),
            Err(error @ SshError::Endless { .. }) => drop(answers.floods.insert(node, error.to_string())),
            // The state of its machine tells more.
            Err(_) => {}
        }
    }
    Ok(answers)
}

/// The part of the status that needs no answer of its nodes.
///
/// # Errors
/// When its host refuses the query.
pub fn around(job: &Job, instance: &Instance, provider: &dyn Provider) -> Result<Answers, AppError> {
    Ok(Answers {
        inventory: provider.inventory()?,
        faults: faults::journal(job, &instance.name)?.active().iter().map(FaultStatus::of).collect(),
        paused: provider.paused_by_itself(),
        at_work: apply::holder(&job.state, &instance.name).map(|holder| holder.command),
        ..Answers::default()
    })
}

/// A model answers at once.
fn ask_model(answers: &mut Answers, instance: &Instance, model: &dyn Model) {
    let cluster = model.cluster(&instance.lab);
    if answers.alive() {
        let checks = instance.desired.checks.iter();
        answers.health = checks.map(|check| Health::of(cluster.health(check).err())).collect();
    }
    for node in &instance.lab.nodes {
        if let Ok(looks) = cluster.looks(&node.name) {
            answers.held.insert(node.name.clone(), looks.addresses);
        }
    }
}

/// What each node tells of itself now.
fn listed(
    job: &Job,
    instance: &Instance,
    provider: &dyn Reach,
    nodes: Vec<&Node>,
) -> Vec<(NodeName, Result<Vec<Told>, SshError>)> {
    let limits = Limits::within(LIMIT, job.cancel()).at_most(listing::LONGEST as u64);
    let ask = |node: &Node| {
        let (mut heard, mut listed) = (Heard::default(), Vec::new());
        let shell = provider.shell(&node.name).map_err(|error| SshError::Io(std::io::Error::other(error)))?;
        shell.stream(&listing::once(&instance.desired, &node.name), limits, &mut |bytes| {
            listed.extend(heard.told(bytes));
        })?;
        Ok(listed)
    };
    std::thread::scope(|scope| {
        let on_one = |node: &Node| (node.name.clone(), ask(node));
        let asked: Vec<_> = nodes.into_iter().map(|node| scope.spawn(move || on_one(node))).collect();
        asked.into_iter().map(threads::end).collect()
    })
}

/// Why a service is not healthy; none if it is. `limit` is the time within which it has to be healthy.
pub fn trouble(
    job: &Job,
    provider: &dyn Provider,
    check: &HealthCheck,
    answers: &Answers,
    limit: Duration,
) -> Option<String> {
    if let Some(node) = check.node.as_ref().filter(|node| !answers.runs(node)) {
        return Some(format!("{node} does not run"));
    }
    let action = Action::AwaitHealth(check.clone());
    let result = limit::within(limit, job.cancel(), |cancel| {
        provider.perform(&action, &work::Context { progress: &|_| {}, cancel })
    });
    match result {
        Ok(()) => None,
        Err(ProviderError::Cancelled) => Some(format!("no answer within {} s", limit.as_secs())),
        Err(error) => Some(error.to_string()),
    }
}
