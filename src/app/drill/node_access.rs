//! The engine's access to the nodes: health checks, scripts, and lines of their logs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::base::limit;
use crate::base::words::several;
use crate::catalog::Catalog;
use crate::drill::{Failure, Heard};
use crate::guest::keeper::{self, Shell};
use crate::guest::{Limits, Output, SshError};
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

/// How long one attempt to connect may take: a node that boots may drop the first packets.
const ATTEMPT: Duration = Duration::from_secs(10);

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

    /// Runs a script on a node to its end. A node that boots is waited for.
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
        let limits = Limits::within(time, cancel);
        ended_well("it", &self.reached(node, limits)?.run(script, limits)?)
    }

    /// Configures a stack on a node with other parameters: writes its files and runs its steps, as `lab up`
    /// does after a change of the lab. A node that boots is waited for. Returns what was done.
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
        let shell = self.reached(node, Limits::within(time, cancel))?;
        for file in &rendered.files {
            ended_well(&format!("writing {}", file.path), &shell.put(file, Limits::within(time, cancel))?)?;
        }
        for step in &rendered.steps {
            let what = format!("{stack}/{}", step.step);
            ended_well(&what, &shell.run(&step.script.text, Limits::within(time, cancel))?)?;
        }
        Ok(seen)
    }

    /// The shell of a node, once it takes connections. A node that is off is not waited for.
    ///
    /// # Errors
    /// When it takes none in time, or is off.
    fn reached(&self, node: &NodeName, limits: Limits<'_>) -> Result<Shell, Failure> {
        let shell = self.provider.shell(node)?;
        loop {
            let attempt = Limits { until: limits.until.min(Instant::now() + ATTEMPT), ..limits };
            // The session stays open for what comes next.
            let refused = match shell.run("true", attempt) {
                Ok(_) => return Ok(shell),
                Err(error @ (SshError::Cancelled | SshError::HostKey { .. })) => return Err(error.into()),
                Err(error) => error,
            };
            let guests = self.provider.inventory()?.guests;
            if !guests.get(node).is_some_and(|found| found.state.is_on()) {
                return Err(format!("{node} is off").into());
            }
            if limits.left() < AGAIN {
                return Err(refused.into());
            }
            std::thread::sleep(AGAIN);
        }
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
