//! The engine's access to the nodes: health checks, and lines of their logs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::base::limit;
use crate::base::words::several;
use crate::catalog::Catalog;
use crate::drill::{Failure, Heard};
use crate::guest::{Limits, Output, SshError, keeper};
use crate::instance::Instance;
use crate::model::NodeName;
use crate::model::drill::StackSetting;
use crate::model::spec::HealthCheck;
use crate::plan::Action;
use crate::provider::Provider;
use crate::stack;
use crate::work;
use crate::work::ProviderError;

/// The maximum duration of a stream of lines: longer than any drill.
const LONGER_THAN_A_DRILL: Duration = Duration::from_secs(24 * 60 * 60);

/// The delay before the next attempt after a refusal: a node does not announce when it is ready.
const AGAIN: Duration = Duration::from_millis(500);

/// The nodes of one instance.
pub struct NodeAccess<'a> {
    /// The provider of the instance.
    pub provider: &'a dyn Provider,
}

impl NodeAccess<'_> {
    /// Waits until a health check holds. A node that is just starting refuses connections, so the check is
    /// repeated.
    ///
    /// # Errors
    /// When it does not hold in time, or the flag is set.
    pub fn health(&self, check: &HealthCheck, time: Duration, cancel: &AtomicBool) -> Result<(), Failure> {
        let action = Action::AwaitHealth(check.clone());
        Ok(limit::within(time, cancel, |stop| {
            let job = work::Context { progress: &|_| {}, cancel: stop };
            let mut last = ProviderError::Cancelled;
            while !stop.load(Ordering::Relaxed) {
                match self.provider.perform(&action, &job) {
                    Ok(()) => return Ok(()),
                    // This wait was cut short; the reason was reported by the one before.
                    Err(ProviderError::Cancelled) => break,
                    Err(error) => last = error,
                }
                std::thread::sleep(AGAIN);
            }
            Err(last)
        })?)
    }

    /// Runs a script on a node to its end.
    ///
    /// # Errors
    /// When the node does not answer in time, or the script does not end with 0.
    pub fn run(
        &self,
        node: &NodeName,
        script: &str,
        time: Duration,
        cancel: &AtomicBool,
    ) -> Result<(), Failure> {
        if self.provider.model().is_some() {
            // A model has no shell in which a script could do something.
            return Ok(());
        }
        ended_well("it", &self.provider.shell(node)?.run(script, Limits::within(time, cancel))?)
    }

    /// Configures a stack on a node with other parameters: writes its files and runs its steps, as `lab up`
    /// does after a change of the lab. Returns what was done.
    ///
    /// # Errors
    /// When the stack cannot be rendered, the node does not answer in time, or a step fails.
    pub fn set(
        &self,
        instance: &Instance,
        catalog: &Catalog,
        (node, setting): (&NodeName, &StackSetting),
        time: Duration,
        cancel: &AtomicBool,
    ) -> Result<String, Failure> {
        let StackSetting { stack, with } = setting;
        let mut lab = instance.lab.clone();
        if let Some(used) = lab.stacks.iter_mut().find(|used| used.name == *stack) {
            used.params.extend(with.clone());
        }
        let rendered = stack::render_use(&lab, catalog, stack, node)?;
        let seen = format!("{} of {stack} written", several(rendered.files.len(), "file"));
        if self.provider.model().is_some() {
            // A model has no files.
            return Ok(seen);
        }
        let shell = self.provider.shell(node)?;
        for file in &rendered.files {
            ended_well(&format!("writing {}", file.path), &shell.put(file, Limits::within(time, cancel))?)?;
        }
        for step in &rendered.steps {
            let what = format!("{stack}/{}", step.step);
            ended_well(&what, &shell.run(&step.script.text, Limits::within(time, cancel))?)?;
        }
        Ok(seen)
    }

    /// Runs a command on a node and passes on its output.
    ///
    /// # Errors
    /// When the node does not answer, or the connection breaks.
    pub fn follow(
        &self,
        node: &NodeName,
        command: &str,
        cancel: &AtomicBool,
        hear: &mut dyn FnMut(Heard<'_>),
    ) -> Result<(), Failure> {
        let limits = Limits::within(LONGER_THAN_A_DRILL, cancel);
        let followed = self.provider.shell(node)?.follow(command, limits, &mut |heard| {
            hear(match heard {
                keeper::Heard::Opened => Heard::Opened,
                keeper::Heard::Bytes(bytes) => Heard::Bytes(bytes),
            });
        });
        match followed {
            Ok(_) | Err(SshError::Cancelled) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Refuses the output of a command that did not end with 0.
fn ended_well(what: &str, output: &Output) -> Result<(), Failure> {
    match output.status {
        0 => Ok(()),
        status => Err(format!("{what} ended with {status}: {}", output.tail(3)).into()),
    }
}
