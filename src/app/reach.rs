//! The shells of an instance's nodes, from what the instance remembers and its keys.

use std::net::SocketAddr;

use super::error::{AppError, ErrorKind};
use super::job::Job;
use crate::guest::keeper::Keeper;
use crate::guest::{Limits, SshError, Target};
use crate::host::Host;
use crate::instance::Instance;
use crate::model::Node;
use crate::seed::keys::load_or_create;
use crate::seed::{Keys, KeysError};

/// The SSH keys of an instance.
///
/// # Errors
/// When they cannot be read.
pub fn keys(job: &Job, instance: &Instance) -> Result<Keys, AppError> {
    let nodes = instance.lab.nodes.iter().map(|node| &node.name);
    load_or_create(&job.state, &instance.name, nodes).map_err(bad_keys)
}

/// Where a node's shell is.
///
/// # Errors
/// When the keys cannot be read.
pub fn target(job: &Job, instance: &Instance, node: &Node) -> Result<Target, AppError> {
    let keys = keys(job, instance)?;
    let identity =
        keys.identity(&node.name).ok_or_else(|| AppError::failed(format!("{} has no key", node.name)))?;
    Ok(Target {
        netns: Host::new(&job.state, &instance.name).netns(),
        address: SocketAddr::from((node.management().ip, 22)),
        private_key: keys.client.private,
        host_key: identity.host.public_blob().map_err(bad_keys)?,
    })
}

/// A node's shell cannot be used.
pub fn unreachable(node: &Node, error: SshError) -> AppError {
    let hint = match &error {
        SshError::Cancelled => return AppError::new(ErrorKind::Interrupted, "stopped"),
        SshError::HostKey { .. } | SshError::Boot { .. } => None,
        SshError::TimedOut | SshError::Connect { .. } | SshError::Protocol { .. } | SshError::Io(_) => {
            Some(format!("`lab status` says whether it runs, `lab console {}` what it last wrote", node.name))
        }
    };
    AppError::failed(format!("{} does not answer", node.name)).because(error).maybe_hint(hint)
}

/// A node's shell, in a session that stays open between commands.
#[derive(Debug, Clone)]
pub struct Shell {
    keeper: Keeper,
    target: Target,
}

/// A node's shell. Nothing is connected yet.
///
/// # Errors
/// When the keys cannot be read.
pub fn shell(job: &Job, instance: &Instance, node: &Node) -> Result<Shell, AppError> {
    let target = target(job, instance, node)?;
    let host = Host::new(&job.state, &instance.name);
    Ok(Shell { keeper: Keeper::of(&host.folder(), &host.netns()), target })
}

impl Shell {
    /// Runs a script and hands on what it prints as it comes; its exit status.
    ///
    /// # Errors
    /// When the node does not answer, the connection breaks, or a limit comes first.
    pub fn stream(
        &self,
        script: &str,
        limits: Limits<'_>,
        on_bytes: &mut dyn FnMut(&[u8]),
    ) -> Result<i32, SshError> {
        self.keeper.stream(&self.target, script, limits, on_bytes)
    }
}

/// What a node's shell is to run: one word is a line for it, several words are a command and its arguments, exactly.
pub fn line(command: &[String]) -> String {
    match command {
        [line] => line.clone(),
        words => words.iter().map(|word| crate::base::shell::quote(word)).collect::<Vec<_>>().join(" "),
    }
}

fn bad_keys(error: KeysError) -> AppError {
    AppError::failed("the instance's SSH keys cannot be used")
        .because(error)
        .maybe_hint(super::explain::sudo())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_is_a_line_and_several_are_exact() {
        let words = |words: &[&str]| line(&words.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(words(&["uptime | wc"]), "uptime | wc");
        assert_eq!(words(&["echo", "a b", "$HOME"]), "'echo' 'a b' '$HOME'");
    }
}
