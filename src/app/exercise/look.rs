//! Checks that only look: one observation of the copy, then health checks, files and scripts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::copy::{Copy, Performed};
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::lab;
use crate::drill::soak;
use crate::exercise::judge::Judged;
use crate::exercise::{Check, CheckKind, Exercise, Seen};
use crate::guest::Limits;
use crate::model::drill::{Drill, Invariant};
use crate::model::spec::HealthCheck;
use crate::model::{Millis, NodeName, StackName, Value};
use crate::stack;

/// How long a script of a check may take.
const LONGEST_SCRIPT: Duration = Duration::from_secs(120);

/// Whether a check only looks, so that several can share a copy.
pub fn looks(check: &Check) -> bool {
    use CheckKind as Kind;
    matches!(
        check.kind,
        Kind::Health { .. }
            | Kind::Holder { .. }
            | Kind::Invariant { .. }
            | Kind::Load { .. }
            | Kind::Config { .. }
            | Kind::Script { .. }
    )
}

/// The observation that all of these checks need: the loads of the watch drill, for the longest time that one
/// of them asks for. None if none of them needs one.
pub fn observation(exercise: &Exercise, checks: &[&Check]) -> Option<Drill> {
    let watch = exercise.watch.as_ref()?;
    let mut invariants: BTreeSet<Invariant> = BTreeSet::new();
    let mut longest: Option<Millis> = None;
    for check in checks {
        let length = match &check.kind {
            CheckKind::Holder { length, .. } | CheckKind::Load { length, .. } => *length,
            CheckKind::Invariant { is, length } => {
                invariants.insert(*is);
                *length
            }
            _ => continue,
        };
        longest = longest.max(Some(length));
    }
    let invariants = invariants.into_iter().collect();
    Some(Drill { as_found: true, invariants, ..soak(watch, longest?) })
}

/// The judgement on a check that needs an observation; none if it needs none.
pub fn observed(check: &Check, seen: &Performed) -> Option<Judged> {
    match &check.kind {
        CheckKind::Holder { address, node, .. } => Some(seen.run.holder(address, node.as_ref())),
        CheckKind::Invariant { is, .. } => Some(seen.run.invariant(*is)),
        CheckKind::Load { load, errors, .. } => Some(seen.run.load(load, *errors)),
        _ => None,
    }
}

/// Judges a check by the health checks of the copy.
///
/// # Errors
/// When the operation is cancelled.
pub fn healthy(copy: &Copy<'_>, stack: Option<&StackName>, within: Millis) -> Result<Judged, AppError> {
    let checks = &copy.locked()?.instance.desired.checks;
    let meant = |check: &&HealthCheck| stack.is_none_or(|stack| check.stack == stack.as_str());
    let meant: Vec<&HealthCheck> = checks.iter().filter(meant).collect();
    let told = meant.iter().any(|check| check.node.is_some());
    let judged = match copy.unhealthy(&meant, within.duration())?.into_iter().next() {
        None => Judged::passed(Seen::Healthy),
        Some(title) => Judged::failed(Seen::Unhealthy { title }),
    };
    Ok(if told { judged.told() } else { judged })
}

/// Judges a check by a script in a node.
pub fn script(copy: &Copy<'_>, node: &NodeName, text: &str) -> Judged {
    match copy.script(node, text, LONGEST_SCRIPT) {
        Ok(()) => Judged::passed(Seen::ScriptEnded).told(),
        Err(text) => Judged::failed(Seen::ScriptFailed { text }).told(),
    }
}

/// Judges the files of a stack on a node: whether they say what these parameters would write, apart from
/// comments and white space.
///
/// # Errors
/// When the stack cannot be rendered.
pub fn config(
    copy: &Copy<'_>,
    (stack, with, node): (&StackName, &BTreeMap<String, Value>, &NodeName),
    job: &Job,
) -> Result<Judged, AppError> {
    let locked = copy.locked()?;
    let mut lab = locked.instance.lab.clone();
    if let Some(used) = lab.stacks.iter_mut().find(|used| used.name == *stack) {
        used.params.extend(with.clone());
    }
    let catalog = lab::catalog_of(&locked.instance, job);
    let rendered = stack::render_use(&lab, &catalog, stack, node)?;
    if locked.provider.model().is_some() {
        // A model has no files.
        return Ok(Judged::passed(Seen::ConfigAsWanted).told());
    }
    let shell = locked.provider.shell(node)?;
    for file in &rendered.files {
        let quoted = crate::base::shell::quote(&file.path);
        let found = shell.run(&format!("cat {quoted}"), Limits::within(LONGEST_SCRIPT, job.cancel()));
        let same = found.is_ok_and(|found| found.status == 0 && plain(&found.text) == plain(&file.content));
        if !same {
            return Ok(Judged::failed(Seen::ConfigDiffers { path: file.path.clone() }).told());
        }
    }
    Ok(Judged::passed(Seen::ConfigAsWanted).told())
}

/// A file without comments, empty lines and differences in white space.
fn plain(text: &str) -> Vec<String> {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let says = |line: &String| !line.is_empty() && !line.starts_with('#') && !line.starts_with('!');
    text.lines().map(words).filter(says).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_white_space_do_not_count() {
        assert_eq!(plain("# a\n\nnode  node1 \n\tkeepalive 1\n"), ["node node1", "keepalive 1"]);
        assert_ne!(plain("node node1"), plain("node node2"));
    }
}
