//! Switches all nodes of a copy off in order, and on again.

use std::time::{Duration, Instant};

use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::inventory::GuestState;
use crate::model::NodeName;
use crate::plan::Action;
use crate::provider::Power;

/// How long nodes may take to shut down.
const LONGEST: Duration = Duration::from_secs(60);

/// How often the nodes are looked at meanwhile.
const TICK: Duration = Duration::from_millis(200);

/// Shuts all nodes down, and cuts the power of those that are still on after a while; returns those.
///
/// # Errors
/// When the nodes cannot be looked at, or the operation is cancelled.
pub fn all_off(job: &Job, locked: &Locked) -> Result<Vec<NodeName>, AppError> {
    let provider = locked.provider.as_ref();
    let asked = job.in_background().long_work("the nodes shut down", |context| {
        // One that cannot be asked is cut off in the end.
        let ask = |node: &NodeName| provider.ask_to_shut_down(node, context).is_ok();
        Ok::<_, AppError>(in_state(locked, GuestState::Running)?.iter().filter(|node| ask(node)).count())
    })?;
    let begin = Instant::now();
    while asked > 0 && begin.elapsed() < LONGEST && !in_state(locked, GuestState::Running)?.is_empty() {
        if job.asked_to_stop() {
            return Err(AppError::stopped());
        }
        std::thread::sleep(TICK);
    }
    let mut left = Vec::new();
    for state in [GuestState::Running, GuestState::Paused, GuestState::Frozen] {
        left.extend(in_state(locked, state)?);
    }
    for node in &left {
        provider.power(node, Power::Cut)?;
    }
    Ok(left)
}

/// Switches all nodes on, and waits until they answer; returns those that do not, which are off again.
///
/// # Errors
/// When a machine cannot be switched, or the operation is cancelled.
pub fn all_on(job: &Job, locked: &Locked) -> Result<Vec<NodeName>, AppError> {
    let provider = locked.provider.as_ref();
    let nodes: Vec<&NodeName> = locked.instance.desired.nodes.iter().map(|node| &node.name).collect();
    for node in &nodes {
        provider.power(node, Power::On)?;
    }
    let mut silent = Vec::new();
    for node in nodes {
        let answers = job.in_background().long_work("all nodes boot", |context| {
            Ok::<_, AppError>(provider.perform(&Action::AwaitGuest(node.clone()), context).is_ok())
        })?;
        if job.asked_to_stop() {
            return Err(AppError::stopped());
        }
        if !answers {
            provider.power(node, Power::Cut)?;
            silent.push(node.clone());
        }
    }
    Ok(silent)
}

fn in_state(locked: &Locked, state: GuestState) -> Result<Vec<NodeName>, AppError> {
    let guests = locked.provider.inventory()?.guests;
    Ok(guests.into_iter().filter(|(_, guest)| guest.state == state).map(|(node, _)| node).collect())
}
