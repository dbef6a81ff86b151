//! The shells of an instance's nodes, from the instance's description and its keys.

use super::error::{AppError, ErrorKind};
use super::explain::sudo;
use super::job::Job;
use crate::guest::SshError;
use crate::guest::keeper::Shell;
use crate::instance::Instance;
use crate::model::Node;
use crate::provider::Reach;
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

/// The error for a node whose shell cannot be used.
pub fn unreachable(node: &Node, error: SshError) -> AppError {
    let hint = match &error {
        SshError::Cancelled => return AppError::new(ErrorKind::Interrupted, "stopped"),
        SshError::Endless { .. } => {
            let named = format!("the output of {} is too long", node.name);
            return AppError::failed(named).because(error).hint(format!(
                "`lab console {}` shows its last output, `lab node stop {}` switches it off",
                node.name, node.name
            ));
        }
        SshError::HostKey { .. } | SshError::Boot { .. } | SshError::Stream(_) => None,
        SshError::TimedOut | SshError::Connect { .. } | SshError::Protocol { .. } | SshError::Io(_) => {
            Some(format!("`lab status` shows whether it runs, `lab console {}` its last output", node.name))
        }
    };
    AppError::failed(format!("{} does not answer", node.name)).because(error).maybe_hint(hint)
}

/// A node's shell. Nothing is connected yet.
///
/// # Errors
/// When the nodes have no shell, or their keys cannot be read.
pub fn shell(provider: &dyn Reach, node: &Node) -> Result<Shell, AppError> {
    provider.shell(&node.name).map_err(|error| AppError::from(error).maybe_hint(sudo()))
}

/// The command for a node's shell: a single word is a line for it, several words are a command and its exact
/// arguments.
pub fn line(command: &[String]) -> String {
    match command {
        [line] => line.clone(),
        words => words.iter().map(|word| crate::base::shell::quote(word)).collect::<Vec<_>>().join(" "),
    }
}

fn bad_keys(error: KeysError) -> AppError {
    AppError::failed("the instance's SSH keys cannot be used").because(error).maybe_hint(sudo())
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
