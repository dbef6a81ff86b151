//! The engine's access to the nodes: health checks, and lines of their logs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::base::limit;
use crate::drill::{Failure, Heard};
use crate::guest::{Limits, SshError, keeper};
use crate::model::NodeName;
use crate::model::spec::HealthCheck;
use crate::plan::Action;
use crate::provider::Provider;
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
        let output = self.provider.shell(node)?.run(script, Limits::within(time, cancel))?;
        match output.status {
            0 => Ok(()),
            status => Err(format!("it ended with {status}: {}", output.tail(3)).into()),
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
