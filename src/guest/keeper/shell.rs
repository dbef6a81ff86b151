//! A node's shell, for successive commands and for commands that continue to run.

use super::Keeper;
use crate::guest::{Limits, SshError, SshSession, Target};

/// A node's shell over SSH. Nothing is connected yet.
#[derive(Debug, Clone)]
pub struct Shell {
    keeper: Keeper,
    target: Target,
}

impl Shell {
    /// The shell of a node, over the keeper of its instance.
    pub fn new(keeper: Keeper, target: Target) -> Self {
        Self { keeper, target }
    }

    /// Runs a script in a session that stays open between commands, and passes on its output as it is
    /// printed; returns its exit status.
    ///
    /// # Errors
    /// When the node does not answer, the connection breaks, or a limit is reached first.
    pub fn stream(
        &self,
        script: &str,
        limits: Limits<'_>,
        on_bytes: &mut dyn FnMut(&[u8]),
    ) -> Result<i32, SshError> {
        self.keeper.stream(&self.target, script, false, limits, on_bytes)
    }

    /// As [`Shell::stream`], for a script that the caller starts again whenever it ends. It is ended before
    /// the guest is saved; otherwise it would run again after each restore.
    ///
    /// # Errors
    /// As [`Shell::stream`].
    pub fn follow(
        &self,
        script: &str,
        limits: Limits<'_>,
        on_bytes: &mut dyn FnMut(&[u8]),
    ) -> Result<i32, SshError> {
        self.keeper.stream(&self.target, script, true, limits, on_bytes)
    }

    /// Opens a session that belongs to the caller alone.
    ///
    /// # Errors
    /// When the node does not answer in time, or with another host key.
    pub fn session(&self, limits: Limits<'_>) -> Result<SshSession, SshError> {
        SshSession::open(&self.target, limits)
    }
}
